import { isObject } from '../lang/dashboard/json-value.ts'
import { readLabels } from './logs-answer.ts'
import type { LogsClient } from './logs-client.ts'
import { printable } from './printable.ts'
import { UsageError } from './usage-error.ts'

/** Labels that every stream of usual collectors has, the best first. */
const USUAL = ['job', 'service_name', 'app', 'container', 'unit', 'filename']

/**
 * The selector of all streams, for who names none: LogQL wants a label that each of them has. Throws a `UsageError` that says what
 * labels there are when none is in all of them.
 */
export async function chooseEverything(
  client: LogsClient,
  { startNs, endNs }: { readonly startNs: bigint; readonly endNs: bigint },
): Promise<string> {
  const bounds = { start: String(startNs), end: String(endNs) }
  const answer = await client.ask('series', bounds)
  const streams = Array.isArray(answer) ? answer.filter(isObject).map(readLabels) : []
  const counts = new Map<string, number>()
  for (const stream of streams) {
    for (const name of Object.keys(stream)) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const isEverywhere = (name: string): boolean => counts.get(name) === streams.length
  const name = USUAL.find(isEverywhere) ?? [...counts.keys()].filter(isEverywhere).sort()[0]
  if (streams.length === 0) return '{job=~".+"}'
  if (name !== undefined) return `{${name}=~".+"}`
  const known = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 12)
  throw new UsageError(
    `say which streams, as in vedette logs '{${known[0]?.[0] ?? 'job'}=~".+"}': no label is in all of them. There are ${known
      .map(([label, count]) => `${printable(label)} (${count})`)
      .join(', ')}`,
  )
}
