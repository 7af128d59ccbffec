import { Prober } from './collect/probes/prober-page.ts'
import type { CollectCore } from './core.ts'
import { createBlackboxListener } from './http/blackbox.ts'
import type { Listener } from './http/listener.ts'

/** What probes by the modules of the configuration in force. */
export function createProber(core: CollectCore): Prober {
  return new Prober({ modules: () => core.config().collectors.blackbox.modules })
}

/** The port of blackbox_exporter; undefined when it is off. */
export function createBlackbox(core: CollectCore): Listener | undefined {
  const address = core.config().listen.blackbox
  if (address === undefined) return undefined
  const { registry, log } = core
  const doors = { prober: createProber(core), registry, log }
  return createBlackboxListener(doors, { address, access: core.access() })
}
