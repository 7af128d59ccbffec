import type { BacktestAlertJson } from '../contract/alert-backtest.ts'

/** What a place of the line shows, from what counts least to what counts most. */
export const BAR_CELLS = ['quiet', 'pending', 'firing', 'toldOver', 'told'] as const
export type BarCell = (typeof BAR_CELLS)[number]

export interface BarSpan {
  readonly startMs: number
  readonly endMs: number
}

/**
 * An alert's states and when somebody learned of them, in so many places of equal time; each shows what counts most in its time.
 * That it still fires is told again and again, and not shown.
 */
export function drawBar(
  { states, sent }: Pick<BacktestAlertJson, 'states' | 'sent'>,
  { startMs, endMs }: BarSpan,
  columns: number,
): readonly BarCell[] {
  const ranks = new Uint8Array(columns)
  const spanMs = Math.max(1, endMs - startMs)
  const columnOf = (timeMs: number): number =>
    Math.min(columns - 1, Math.max(0, Math.floor(((timeMs - startMs) / spanMs) * columns)))
  const mark = (column: number, cell: BarCell): void => {
    ranks[column] = Math.max(ranks[column] as number, BAR_CELLS.indexOf(cell))
  }
  for (const { state, from, to } of states) {
    const fromMs = Date.parse(from)
    // The end is the first moment that is different.
    const lastMs = to === undefined ? endMs : Math.max(fromMs, Date.parse(to) - 1)
    for (let column = columnOf(fromMs); column <= columnOf(lastMs); column++) mark(column, state)
  }
  const known = new Map<string, string>()
  for (const { at, status, receiver, integration, reason } of sent) {
    const who = `${receiver}/${integration}`
    const isKnown = known.get(who) === status || reason === 'repeat interval elapsed'
    known.set(who, status)
    if (isKnown) continue
    mark(columnOf(Date.parse(at)), status === 'firing' ? 'told' : 'toldOver')
  }
  return Array.from(ranks, (rank) => BAR_CELLS[rank] ?? 'quiet')
}
