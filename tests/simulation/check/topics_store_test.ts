import { HandMade } from "./hand_made.ts";
import { Topics } from "./topics.ts";
import { trialOf } from "./trial.ts";

const { bad, good } = trialOf(
  () => new Topics(),
  () => new HandMade().busStarted("bus#1", { hasStore: true }).ready(),
);

const PART = {
  type: "publish",
  topic: "t",
  recipient: "bob",
  mailboxes: [],
} as const;

/** A letter of what a rule has forwarded is sent again in the next life, and finds nobody. */
function forwarded(made: HandMade, letterOf: string): HandMade {
  return made.busRestarted()
    .letterRestored(letterOf, "no_recipient", { mailbox: null }).ready()
    .accepted("m1", { ...PART, mailboxes: [] })
    .letterAdded("m1", "no_recipient", { mailbox: null });
}

Deno.test("S5 Topics rejects a publish that came to the wrong end, though the letter of another is back", () => {
  bad(
    "S5",
    /m1 found nobody, and is dead by no_recipient/,
    (made) => forwarded(made, "m2"),
  );
});

Deno.test("Topics passes what a rule has made of a publish, and an earlier life has left", () => {
  good((made) => forwarded(made, "m1"));
});
