import type { FirstAdmin } from './access/first-admin.ts'
import type { MessageListener } from './alert/received/received-alerts.ts'
import type { LoadedConfig, VedetteConfig } from './config.ts'
import type { ListenerName } from './http/listen-section.ts'
import type { Log } from './self/log.ts'
import type { ConfigFault } from './yaml/fault.ts'

/** What the program is started with. */
export interface StartOptions {
  readonly config: VedetteConfig
  /** What was read differently or is ignored of it. */
  readonly warnings?: readonly ConfigFault[]
  /** Reads the configuration again, for a reload. */
  readonly load: () => LoadedConfig
  readonly log: Log
  /** What `status/flags` shows. */
  readonly flags: Readonly<Record<string, string>>
  /** For `VEDETTE_ADMIN_PASSWORD` and its kind (access/first-admin.ts). Default: nothing is set. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The first user was created: a generated password is told here and nowhere else. */
  readonly onFirstAdmin?: (admin: FirstAdmin) => void
  /** `/-/quit` was called. */
  readonly onQuit?: () => void
  /** Alerts came to the webhook receiver. */
  readonly onReceived?: MessageListener
}

/** The running program. */
export interface Vedette {
  /** Where the Prometheus API is; undefined when that listener is off. */
  readonly prometheusUrl: string | undefined
  /** Where each open listener is. */
  readonly urls: ReadonlyMap<ListenerName, string>
  /** Resolves when everything is up; rejects when it never will be. */
  readonly ready: Promise<void>
  /** Resolves to what is wrong with the new configuration; with any fault the running one stays in force. */
  reload(): Promise<readonly string[]>
  /** Ends everything: doors first, then the parts in reverse order: what was accepted is stored, children are gone. */
  stop(): Promise<void>
}
