import { field, join, text, type } from "./bytes.ts";
import { refused, taken } from "./message_vector.ts";
import type { Vector } from "./vector.ts";

const PUBLISH = 1;
const name = (length: number) => "n".repeat(length);
const tokens = (count: number) => Array(count).fill("t").join(".");

/** Names and topics, as a bus takes and refuses them in a message. */
export function addressVectors(): Vector[] {
  return [...recipients(), ...topics()];
}

function recipients(): Vector[] {
  const head = (recipient: string) => join(type(), field(4, text(recipient)));
  const right = {
    "one": "a",
    "255": name(255),
    "every-kind": "aZ0-_.:/",
    "dots": "..",
  };
  const wrong = {
    "empty": "",
    "256": name(256),
    "space": "a b",
    "star": "a*",
    "not-ascii": "\u00e9",
    "nul": "a\0",
    "mark": "\ufeffa",
    "line-break": "a\n",
  };
  return [
    taken("broadcast", "a direct message for every other agent", type(), {}),
    ...Object.entries(right).map(([key, recipient]) =>
      taken(`recipient-${key}`, "a recipient that is a name", head(recipient), {
        recipient,
      })
    ),
    ...Object.entries(wrong).map(([key, recipient]) =>
      refused(
        `recipient-${key}`,
        "a recipient that is no name",
        head(recipient),
      )
    ),
  ];
}

function topics(): Vector[] {
  const head = (topic: string) => join(type(PUBLISH), field(5, text(topic)));
  const right = {
    "one": "a",
    "16-tokens": tokens(16),
    "255": name(255),
    "every-kind": "aZ.0-_.:/",
  };
  const wrong = {
    "empty": "",
    "256": name(256),
    "17-tokens": tokens(17),
    "dot-first": ".a",
    "dot-last": "a.",
    "dot-twice": "a..b",
    "star": "a.*",
    "rest": ">",
    "space": "a. b",
    "not-ascii": "a.\u00e9",
  };
  return [
    ...Object.entries(right).map(([key, topic]) =>
      taken(`topic-${key}`, "a topic that is one", head(topic), {
        type: "publish",
        topic,
      })
    ),
    ...Object.entries(wrong).map(([key, topic]) =>
      refused(`topic-${key}`, "a topic that is none", head(topic))
    ),
    taken(
      "topic-of-direct",
      "a direct message may have a topic",
      join(type(), field(5, text("a.b"))),
      { topic: "a.b" },
    ),
    refused(
      "topic-of-direct-wrong",
      "and then it is one",
      join(type(), field(5, text("a..b"))),
    ),
  ];
}
