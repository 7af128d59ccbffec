import { isDeepStrictEqual } from 'node:util'
import { ContainerCollector } from './collect/containers/collect.ts'
import type { PartSource } from './collect/scrape/alias-source.ts'
import type { CollectCore } from './core.ts'

/** cAdvisor's page of this machine, as the configuration in force wants it: made anew after a reload that changes how. */
export function createContainers({ config, log, ends }: CollectCore): PartSource {
  const make = (): ContainerCollector =>
    new ContainerCollector(config().collectors.containers, (what, reason) => {
      if (reason === '') log.info('containers can be read again', { what })
      else log.warn('containers cannot be read, or have no names', { what, reason })
    })
  let settings = config().collectors.containers
  let collector: ContainerCollector | undefined
  ends.push(() => collector?.close())
  return async (signal) => {
    if (!isDeepStrictEqual(config().collectors.containers, settings)) {
      collector?.close()
      collector = undefined
      settings = config().collectors.containers
    }
    collector ??= make()
    return {
      bytes: await collector.page(signal),
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
    }
  }
}
