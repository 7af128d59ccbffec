import { loadConfig, type VedetteConfig } from '../config.ts'
import { Problem } from '../model/problem.ts'
import { formatFault } from '../yaml/fault.ts'

/** The configuration of a server, as `start` was told where it is. Throws a `Problem` with the first error in it. */
export function loadPlace(place: {
  readonly config?: string
  readonly data?: string
}): VedetteConfig {
  const loaded = loadConfig({ flags: place, env: process.env })
  if (loaded.ok) return loaded.config
  const first = loaded.faults.find(({ severity }) => severity === 'error')
  throw new Problem('bad_data', first === undefined ? 'no configuration' : formatFault(first))
}
