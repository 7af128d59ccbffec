import type { MemoryJson } from '../contract/memory.ts'
import { callIfKnown, type ApiClient } from './api-client.ts'

/** What a server says of its memory; null where it cannot: an older one, a Prometheus. */
export function readMemory(client: ApiClient): Promise<MemoryJson | null> {
  return callIfKnown<MemoryJson>(client, '/api/v1/status/memory')
}

/** The lines about memory: how much of the budget is taken, and what was refused or put off for it. */
export function describeMemory(memory: MemoryJson | null): [string, string][] {
  if (memory === null || memory.residentBytes === null) return []
  const { residentBytes, anonymousBytes, budgetBytes, level, shedQueries, postponedPushes } = memory
  const data = anonymousBytes === null ? '' : `, ${mib(anonymousBytes)} of it by data`
  const shed = [
    ...(shedQueries === 0 ? [] : [`${shedQueries} queries refused or ended`]),
    ...(postponedPushes === 0 ? [] : [`${postponedPushes} pushes put off`]),
  ]
  return [
    ['memory', `${mib(residentBytes)} of ${mib(budgetBytes)}${data}${LEVELS[level]}`],
    ...(shed.length === 0
      ? []
      : [['', `${shed.join(', ')} since the start, to save memory`] satisfies [string, string]]),
  ]
}

const LEVELS: Readonly<Record<MemoryJson['level'], string>> = {
  calm: '',
  tight: '; tight: large queries take turns',
  over: '; over: large queries are refused',
}

function mib(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`
}
