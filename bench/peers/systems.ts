import type { Peer } from "./peer.ts";
import {
  busbar,
  busbarAcked,
  busbarDurable,
  busbarHosted,
  busbarPackaged,
} from "./systems/busbar.ts";
import { bareHub, bareSocket } from "./systems/ceilings.ts";
import { moleculer } from "./systems/moleculer.ts";
import { mqtt, mqttAcked } from "./systems/mqtt.ts";
import { jetStreamFile, jetStreamMemory, nats } from "./systems/nats.ts";
import {
  redis,
  redisStreams,
  redisStreamsFile,
  redisStreamsSynced,
} from "./systems/redis.ts";
import { zeroMq } from "./systems/zeromq.ts";

/** All systems, in the order of the tables. */
export const SYSTEMS: readonly Peer[] = [
  bareSocket,
  bareHub,
  busbar,
  busbarHosted,
  busbarPackaged,
  busbarAcked,
  busbarDurable,
  nats,
  redis,
  zeroMq,
  mqtt,
  moleculer,
  redisStreams,
  redisStreamsFile,
  redisStreamsSynced,
  jetStreamMemory,
  jetStreamFile,
  mqttAcked,
];
