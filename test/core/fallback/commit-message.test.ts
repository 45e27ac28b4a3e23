import { describe, expect, it } from "@jest/globals";
import { toCommitMessage } from "../../../src/core/fallback/commit-message.ts";

describe("toCommitMessage", () => {
  it("joins the lines of a paragraph, and keeps paragraphs apart", () => {
    const message = toCommitMessage("Add carts\n\nPeople want to\nbuy things.\n\nMany things.\n");
    expect(message.paragraphs).toEqual(["People want to buy things.", "Many things."]);
  });

  it("reads list items with their continuation lines", () => {
    const message = toCommitMessage(
      "Add carts\n\nThis will:\n- add a cart\n  with wheels\n* sell\n1. count\n",
    );
    expect(message.bullets).toEqual(["add a cart with wheels", "sell", "count"]);
    expect(message.paragraphs).toEqual(["This will:"]);
  });

  it("leaves out trailers and pointers to issues", () => {
    const message = toCommitMessage(
      [
        "Add carts",
        "",
        "Needed for sales.",
        "",
        "---------",
        "",
        "Closes #12",
        "Ticket: SHOP-1",
        "Fixes: JIRA-1, JIRA-2",
        "Link: https://example.com/1",
        "Change-Id: I1234",
        "Co-authored-by: Bob <bob@example.com>",
        "Signed-off-by: Ada <ada@example.com>",
      ].join("\n"),
    );
    expect(message.paragraphs).toEqual(["Needed for sales."]);
  });

  it("keeps prose that only starts like a trailer", () => {
    const paragraphs = ["Bug: the cart lost its wheels on the way.", "Fixes the wheels for 3 carts."];
    expect(toCommitMessage(`Fix carts\n\n${paragraphs.join("\n\n")}`).paragraphs).toEqual(paragraphs);
  });

  it("reads what breaks, over several lines", () => {
    const message = toCommitMessage(
      "feat: carts\n\nBREAKING CHANGE: `sell` takes\n  a cart.\nReviewed-by: Bob\n",
    );
    expect(message.breakingNotes).toEqual(["`sell` takes a cart."]);
    expect(message.paragraphs).toEqual([]);
  });

  it.each([
    [
      'Revert "Add carts"\n\nThis reverts commit 0123456789abcdef.',
      { relation: "reverts", commit: "0123456789abcdef" },
    ],
    ["Add carts\n\n(cherry picked from commit fedcba98)", { relation: "picked from", commit: "fedcba98" }],
  ])("reads the commit that %j names", (text, origin) => {
    expect(toCommitMessage(text)).toMatchObject({ origin, paragraphs: [] });
  });

  it("leaves out what an update bot adds for machines", () => {
    const message = toCommitMessage(
      "Bump zod from 3 to 4\n\nBumps zod from 3 to 4.\n- [Commits](https://example.com)\n\n---\nupdated-dependencies:\n- dependency-name: zod\n...",
    );
    expect(message).toMatchObject({ paragraphs: ["Bumps zod from 3 to 4."], bullets: [] });
  });

  it("takes the first line that isn't blank for the subject, and drops what can't be printed", () => {
    expect(toCommitMessage("\r\n\r\n \u0007Add\u0000 \u202Ecarts\t\ud800now \r\nbody").subject).toBe(
      "Add carts now",
    );
  });

  it("reads a blank message as an empty one", () => {
    expect(toCommitMessage(" \n\t\n ")).toMatchObject({
      subject: "",
      description: "",
      paragraphs: [],
      bullets: [],
    });
  });
});
