import type { Peer, Server } from "../peer.ts";
import { freePort, programVersion, startServer } from "../server_process.ts";

/** No bound on what a client may be behind: nothing shall be dropped. */
const CONFIG = `allow_anonymous true
max_queued_messages 0
max_inflight_messages 0
set_tcp_nodelay true
persistence false
`;

/** MQTT, at most once. */
export const mqtt: Peer = {
  name: "MQTT, QoS 0",
  role: "peer",
  setup: "mosquitto on the loopback interface, MQTT.js; QoS 0.",
  client: "mqtt",
  mode: "0",
  works: ["one-way", "request", "fan-out"],
  onOneCore: true,
  start: startMosquitto,
  version,
};

/** MQTT, at least once. */
export const mqttAcked: Peer = {
  name: "MQTT, QoS 1",
  role: "peer",
  setup: "The same with QoS 1 both ways; nothing is written to disk.",
  client: "mqtt",
  mode: "1",
  works: ["acked"],
  start: startMosquitto,
  version,
};

async function startMosquitto(folder: string): Promise<Server> {
  const port = freePort();
  const config = `${folder}/mosquitto.conf`;
  await Deno.writeTextFile(config, `listener ${port} 127.0.0.1\n${CONFIG}`);
  return await startServer({
    program: "mosquitto",
    args: ["-c", config],
    packageName: "mosquitto",
    address: `mqtt://127.0.0.1:${port}`,
    listens: { hostname: "127.0.0.1", port },
  });
}

function version(): Promise<string> {
  return programVersion("mosquitto", "-h");
}
