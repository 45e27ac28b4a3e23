import { describe, expect, it } from "@jest/globals";
import { toChangedFiles } from "../../../src/core/fallback/changed-files.ts";
import { declarationChanges } from "../../../src/core/fallback/declaration-changes.ts";
import { fileDiff, newFileDiff, requestWith } from "./commit-builder.ts";

function changesOf(...diffs: string[]) {
  return declarationChanges(toChangedFiles(requestWith({ diffSummary: diffs.join("") })).files);
}

const none = { added: [], removed: [], movedAway: [], redeclared: [], edited: [] };

describe("declarationChanges", () => {
  it("tells added, removed, redeclared and edited functions apart", () => {
    const diff = fileDiff(
      "src/cart.ts",
      [
        "-  const a = 1;",
        "+  const a = 2;",
        " }",
        "-export function total(items: Item[]): number {",
        "+export function total(items: Item[], tax: number): number {",
        " }",
        "-export class OldCart {}",
        "+export const newCart = () => ({});",
      ],
      "export async function load(id: string) {",
    );
    expect(changesOf(diff)).toEqual([
      {
        path: "src/cart.ts",
        ...none,
        added: ["newCart"],
        removed: ["OldCart"],
        redeclared: ["total"],
        edited: ["load"],
      },
    ]);
  });

  it("tells a function that moves to another file from one that goes", () => {
    const from = fileDiff("src/a.ts", ["-export function moved() {}", "-export function gone() {}"]);
    const to = newFileDiff("src/b.ts", ["export function moved() {}"]);
    expect(changesOf(from, to)).toEqual([
      { path: "src/a.ts", ...none, removed: ["gone"], movedAway: ["moved"] },
      { path: "src/b.ts", ...none, added: ["moved"] },
    ]);
  });

  it("says nothing of a function that moves within its file", () => {
    expect(changesOf(fileDiff("a.py", ["-def load():", " x = 1", "+def load():"]))).toEqual([]);
  });

  it.each([
    ["a.py", ["class Cart:", "    async def load(self):", "    def _hidden(self):"], ["Cart", "load"]],
    [
      "a.go",
      ["type Queue struct {", "func (q *Queue) Pop() string {", "func New() *Queue {"],
      ["Queue", "Pop", "New"],
    ],
    ["a.rs", ["pub struct Cart;", "    pub async fn load() {}"], ["Cart", "load"]],
    ["A.java", ["public final class Cart {", "    public List<Item> items() {"], ["Cart", "items"]],
    ["A.kt", ["data class Cart(", "    suspend fun load() {"], ["Cart", "load"]],
    ["a.rb", ["module Shop", "  def self.load!"], ["Shop", "load!"]],
    ["a.php", ["    public function load() {"], ["load"]],
    ["a.swift", ["struct Cart {", "    func load() {"], ["Cart", "load"]],
    ["a.c", ["static int load(struct cart *cart)", "  return load(cart);"], ["load"]],
    ["a.ex", ["  defmodule Shop.Cart do", "  def load(id) do"], ["Shop.Cart", "load"]],
    ["a.proto", ["message Cart {", "  rpc Load(A) returns (B);"], ["Cart", "Load"]],
    ["a.sql", ["CREATE OR REPLACE FUNCTION total() RETURNS int"], ["total"]],
    ["a.sh", ["load() {"], ["load"]],
    ["a.txt", ["function load() {"], undefined],
    ["a.ts", ["  if (x) {", "  return load();", "  for (const x of y) {", "// function no() {}"], undefined],
  ])("reads the declarations of %s", (path, lines, expected) => {
    expect(changesOf(newFileDiff(path, lines))[0]?.added).toEqual(expected);
  });
});
