import path from 'node:path'
import { GroupFiles } from './collect/pushed/group-files.ts'
import { encodePushed } from './collect/pushed/page.ts'
import { PushedGroups } from './collect/pushed/pushed-groups.ts'
import type { PartSource } from './collect/scrape/alias-source.ts'
import type { CollectCore } from './core.ts'
import type { Listener } from './http/listener.ts'
import { createPushgatewayListener } from './http/pushgateway.ts'

/** What scripts push. */
export interface RunningPushgateway {
  /** The page of all groups, for the scraper; undefined when the listener is off. */
  readonly source: PartSource | undefined
  /** Reads what was pushed before, and makes the listener; undefined when it is off. */
  open(): Promise<Listener | undefined>
}

/** Builds the part; nothing is opened yet. */
export function createPushgateway(core: CollectCore): RunningPushgateway {
  const { log, registry, startedMs } = core
  const { listen, dataFolder } = core.config()
  const address = listen.pushgateway
  if (address === undefined) return { source: undefined, open: () => Promise.resolve(undefined) }
  const encoder = new TextEncoder()
  let opened: PushedGroups | undefined
  return {
    source: () => {
      const bytes = encoder.encode(encodePushed(opened?.families() ?? []))
      return Promise.resolve({ bytes, contentType: 'text/plain; version=0.0.4' })
    },
    open: async () => {
      const files = new GroupFiles(path.join(dataFolder, 'pushgateway'), log)
      const groups = await PushedGroups.open(files)
      opened = groups
      const hasAdminApi = (): boolean => core.config().collectors.pushgateway.adminApi
      const doors = { groups, hasAdminApi, startedMs, registry, log, nowMs: Date.now }
      return createPushgatewayListener(doors, { address, access: core.access() })
    },
  }
}
