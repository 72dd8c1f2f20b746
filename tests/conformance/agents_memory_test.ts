import { memoryStage } from "../support/agent_setups.ts";
import { testAgents } from "../support/agent_suite.ts";

testAgents({
  name: "connect() over memory",
  setup: memoryStage,
});
