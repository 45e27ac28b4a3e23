/** What happened to a file. A change of its mode alone is `modified`. */
export type FileStatus = "added" | "deleted" | "modified" | "renamed" | "copied";

/** One file of a diff. */
export interface FileDiff {
  /** Where the file is now, or where it was when it is deleted. */
  path: string;
  /** Where it came from, when it is renamed or copied. */
  previousPath?: string;
  status: FileStatus;
  binary: boolean;
  /** Lines added; in a merge's combined diff, lines that some parent lacks. */
  added: number;
  removed: number;
  /** The file's part of the diff, as it stood there. */
  text: string;
}

/** A file of a diff without its text. */
export type FileOutline = Omit<FileDiff, "text">;
