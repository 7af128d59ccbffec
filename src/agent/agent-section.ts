import { unlessEmpty, readPath, readUrl } from '../yaml/context.ts'
import type { YamlNode } from '../yaml/node.ts'

/** What `agent:` of a vedette.yml says; all of it may be said by flags instead. */
export interface AgentSection {
  /** The address of the server's Prometheus API. */
  readonly server: URL | undefined
  /** Absolute. */
  readonly tokenFile: string | undefined
  /** Certificates of who has signed that of the server; absolute. */
  readonly caFile: string | undefined
  /** What this host is called. */
  readonly hostname: string | undefined
  readonly maxQueueBytes: number | undefined
}

/** Reads the section; paths begin at `folder`. */
export function readAgentSection(node: YamlNode | undefined, folder: string): AgentSection {
  const map = node?.asMap()
  const queue = map?.key('queue').asMap()
  const context = { folder, warnsUnsupported: true }
  const server = map?.key('server')
  const section: AgentSection = {
    server: server === undefined || server.isEmpty ? undefined : readUrl(server),
    tokenFile: map && readPath(map.key('token_file'), context),
    caFile: map && readPath(map.key('ca_file'), context),
    hostname: unlessEmpty(map?.key('hostname').asString()),
    maxQueueBytes: queue?.key('max_size').bytes(),
  }
  queue?.finish()
  map?.finish()
  return section
}
