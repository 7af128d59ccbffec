import type { QueryDataJson } from '../contract/prometheus.ts'
import { ApiError, type ApiClient } from './api-client.ts'

/** An agent, and when something of it was stored last. */
export interface AgentSeen {
  readonly hostname: string
  readonly version: string
  readonly heardMs: number
}

/** Agents tell of themselves in a metric, which ends when they do. Those that ended within a day are found to the minute. */
const QUERY =
  'max by (hostname, version) (timestamp(vedette_agent_info) or max_over_time(timestamp(vedette_agent_info)[1d:1m]))'

/** The agents of the last day, by name. A server that cannot say has none. */
export async function readAgents(client: ApiClient): Promise<readonly AgentSeen[]> {
  try {
    const { data } = await client.call<QueryDataJson>('/api/v1/query', { query: QUERY })
    if (data.resultType !== 'vector') return []
    const agents = data.result.map(({ metric, value: [, seconds] }) => ({
      hostname: metric['hostname'] ?? '',
      version: metric['version'] ?? '',
      heardMs: Number(seconds) * 1000,
    }))
    // Of an agent that was upgraded only the last version.
    const newest = new Map<string, AgentSeen>()
    for (const agent of agents.toSorted((a, b) => a.heardMs - b.heardMs)) {
      newest.set(agent.hostname, agent)
    }
    return [...newest.values()].toSorted((a, b) => (a.hostname < b.hostname ? -1 : 1))
  } catch (thrown) {
    if (thrown instanceof ApiError) return []
    throw thrown
  }
}
