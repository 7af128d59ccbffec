import { mkdirSync, statfsSync } from 'node:fs'
import path from 'node:path'
import { registerAgentMetrics } from './agent/agent-metrics.ts'
import { ServerClient } from './agent/server-client.ts'
import { SHARE_OF, SIGNALS, type Signal } from './agent/signal.ts'
import { SignalQueue } from './agent/signal-queue.ts'
import { PLAIN_HTTP_CLIENT, type HttpClientConfig } from './outbound/http-client.ts'
import type { Log } from './self/log.ts'
import type { Registry } from './self/metrics.ts'

const DEFAULT_QUEUE_BYTES = 2 * 1024 ** 3
/** Of what is free on the disk at the start, for queues whose size nobody has said. */
const FREE_SHARE = 0.5

/** The server, and who this is to it. */
export interface AgentSettings {
  /** The address of the server's Prometheus API, which takes all that agents send. */
  readonly server: URL
  readonly tokenFile: string | undefined
  readonly caFile: string | undefined
  readonly hostname: string
  /** Undefined: 2 GiB, or half of what is free. */
  readonly maxQueueBytes: number | undefined
}

/** A queue for each signal, and what sends them. */
export interface RunningQueues {
  of(signal: Signal): SignalQueue
  /** What was not sent stays on disk. */
  stop(): Promise<void>
}

/** Opens the queues under `folder` and begins to send what is left in them. Rejects when they cannot be opened. */
export async function openQueues(
  folder: string,
  settings: AgentSettings,
  { registry, log }: { readonly registry: Registry; readonly log: Log },
): Promise<RunningQueues> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const client = new ServerClient(settings.server, httpOf(settings))
  const maxBytes = settings.maxQueueBytes ?? defaultBytes(folder)
  const queues = new Map<Signal, SignalQueue>()
  const stop = async (): Promise<void> => {
    await Promise.all([...queues.values()].map((queue) => queue.stop()))
    await client.close()
  }
  try {
    for (const signal of SIGNALS) {
      const options = {
        ...{ signal, registry, folder: path.join(folder, signal) },
        maxBytes: Math.round(maxBytes * SHARE_OF[signal]),
        send: (bodies: readonly Uint8Array[], abort: AbortSignal) =>
          client.send(signal, bodies, abort),
        log: log.child({ component: 'forward', signal }),
      }
      queues.set(signal, await SignalQueue.open(options))
    }
  } catch (thrown) {
    await stop()
    throw thrown
  }
  registerAgentMetrics(registry, queues, settings.hostname)
  return {
    of: (signal) => {
      const found = queues.get(signal)
      if (found === undefined) throw new Error(`there is no queue of ${signal}`)
      return found
    },
    stop,
  }
}

function defaultBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return Math.min(DEFAULT_QUEUE_BYTES, Math.floor(bavail * bsize * FREE_SHARE))
}

/** A redirected POST would become a GET, whose answer says nothing: none is followed. */
function httpOf({ tokenFile, caFile }: AgentSettings): HttpClientConfig {
  const authorization =
    tokenFile === undefined
      ? undefined
      : { type: 'Bearer', credentials: undefined, credentialsFile: tokenFile }
  const tls =
    caFile === undefined
      ? undefined
      : {
          ...{ ca: undefined, caFile, cert: undefined, certFile: undefined },
          ...{ key: undefined, keyFile: undefined, serverName: undefined },
          ...{ insecureSkipVerify: false, minVersion: undefined, maxVersion: undefined },
        }
  return { ...PLAIN_HTTP_CLIENT, authorization, tls, followRedirects: false }
}
