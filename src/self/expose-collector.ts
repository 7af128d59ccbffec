import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** `minor`: of young objects alone. */
export type CollectGarbage = (options: { readonly type: 'minor' | 'major' }) => void

/** V8's own function, which is not there unless it was asked for when Node started, or here. */
export function exposeCollector(): CollectGarbage {
  setFlagsFromString('--expose-gc')
  const exposed: unknown = runInNewContext('gc')
  return isCollector(exposed) ? exposed : () => undefined
}

function isCollector(value: unknown): value is CollectGarbage {
  return typeof value === 'function'
}
