import { TRY_AREAS, type Comparison } from '../operate/try/difference.ts'
import { printable } from './printable.ts'
import { formatTable } from './table.ts'

/** More are told by their number: a stack that is wholly another one differs in thousands of metrics. */
const MOST_LINES = 200

/** A comparison for a person. */
export function showComparison({ differences, skipped, compared }: Comparison): string {
  const counts = TRY_AREAS.filter((area) => compared[area] > 0).map(
    (area) => `${compared[area]} ${area}`,
  )
  const parts = [`Compared: ${counts.length === 0 ? 'nothing' : counts.join(', ')}.\n`]
  if (skipped.length > 0) {
    const rows = skipped
      .slice(0, MOST_LINES)
      .map(({ area, place, why }) => [area, printable(place), printable(why)])
    parts.push(`Not compared:\n${formatTable(['', 'WHAT', 'WHY'], rows)}${more(skipped.length)}`)
  }
  if (differences.length === 0) parts.push('No difference.\n')
  else {
    const rows = differences
      .slice(0, MOST_LINES)
      .map(({ area, place, text }) => [area, printable(place), printable(text)])
    parts.push(
      `Differences (there: the running stack, here: Vedette):\n${formatTable(['', 'WHAT', 'HOW'], rows)}${more(differences.length)}`,
    )
  }
  return parts.join('\n')
}

function more(count: number): string {
  return count > MOST_LINES ? `and ${count - MOST_LINES} more (-o json shows all)\n` : ''
}
