import { messageOf, Problem } from '../../model/problem.ts'
import type { MetricFamily } from '../../model/metric-family.ts'
import type { HostCollector } from './collect.ts'

/**
 * The host's families as a request for node_exporter's page selects them with `collect[]` or `exclude[]`. Rejects with a `Problem`
 * of code `bad_data` in node_exporter's words: for both at once, and for a collector that does not run. As there, names to exclude
 * need not exist.
 */
export async function collectSelected(
  host: HostCollector,
  params: URLSearchParams,
  signal?: AbortSignal,
): Promise<MetricFamily[]> {
  const wanted = params.getAll('collect[]')
  const unwanted = params.getAll('exclude[]')
  if (wanted.length > 0 && unwanted.length > 0)
    throw new Problem('bad_data', 'Combined collect and exclude queries are not allowed.')
  const chosen =
    unwanted.length > 0 ? host.names.filter((name) => !unwanted.includes(name)) : wanted
  try {
    return await host.collect(signal, chosen.length > 0 ? chosen : undefined)
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.code !== 'bad_data') throw thrown
    const reason = `couldn't create collector: ${messageOf(thrown)}`
    throw new Problem('bad_data', `Couldn't create filtered metrics handler: ${reason}`, {
      cause: thrown,
    })
  }
}
