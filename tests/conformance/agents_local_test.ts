import { localStage } from "../support/agent_setups.ts";
import { testAgents } from "../support/agent_suite.ts";

testAgents({
  name: "bus.agent()",
  setup: localStage,
});
