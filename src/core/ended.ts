/** The reason to end a wait that nobody needs any more. Without one, each `abort()` makes an error with its stack. */
export const ENDED = "ended";
