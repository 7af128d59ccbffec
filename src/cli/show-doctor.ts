import { AREAS, scoreOf, type Diagnosis, type Item, type Tally } from '../operate/doctor/finding.ts'
import { printable } from './printable.ts'

const MARKS = { fault: '✗', advice: '!', note: '·' } as const

/** A diagnosis for a person: by area what was found, then the items that are to be listed, then the score. */
export function describeDiagnosis({ findings, tallies, items }: Diagnosis): string {
  const parts = AREAS.flatMap((area) => {
    const found = findings.filter((one) => one.area === area)
    const counts = tallies.filter((one) => one.area === area).map(describeTally)
    const listed = items.filter((one) => one.area === area).map(describeItem)
    if (found.length === 0 && counts.length === 0) return []
    const heading = counts.length === 0 ? area : `${area}: ${counts.join('; ')}`
    const lines = found.map(({ gravity, place, text }) => {
      const where = place === '' ? '' : `${printable(place)}: `
      return `  ${MARKS[gravity]} ${where}${printable(text)}`
    })
    return [[heading, ...lines, ...listed].join('\n')]
  })
  const faults = findings.filter(({ gravity }) => gravity === 'fault').length
  const advice = findings.filter(({ gravity }) => gravity === 'advice').length
  const end =
    faults === 0
      ? `Nothing is wrong${advice === 0 ? '' : `; ${advice} to look at (!)`}.`
      : `${faults} wrong (✗), ${advice} to look at (!).`
  const score = tallies.length === 0 ? '' : `\n${describeScore(tallies)}`
  return `${parts.join('\n\n')}${parts.length === 0 ? '' : '\n\n'}${end}${score}\n`
}

/** `94 % is supported as it is, 4 % has no effect here, 2 % does something else.` */
function describeScore(tallies: readonly Tally[]): string {
  const total = tallies.reduce((sum, tally) => sum + tally.total, 0)
  const share = (count: (tally: Tally) => number): number =>
    Math.ceil((100 * tallies.reduce((sum, tally) => sum + count(tally), 0)) / Math.max(1, total))
  const [ignored, changed] = [share((tally) => tally.ignored), share((tally) => tally.changed)]
  const parts = [
    `${scoreOf(tallies)} % is supported as it is`,
    ignored === 0 ? '' : `${ignored} % has no effect here`,
    changed === 0 ? '' : `${changed} % does something else`,
  ]
  return `${parts.filter((part) => part !== '').join(', ')}.`
}

/** `103 of 109 keys as they are, 1 changed, 5 ignored`. */
function describeTally({ what, total, supported, changed, ignored }: Tally): string {
  const rest = [
    changed === 0 ? '' : `${changed} changed`,
    ignored === 0 ? '' : `${ignored} ignored`,
    total === supported + changed + ignored ? '' : `${total - supported - changed - ignored} wrong`,
  ]
  const all = [`${supported} of ${total} ${what} as they are`, ...rest]
  return all.filter((part) => part !== '').join(', ')
}

function describeItem({ place, name, verdict, why }: Item): string {
  const reason = why === '' ? '' : `: ${printable(why)}`
  return `    ${verdict.padEnd(9)} ${printable(place)} ${printable(name)}${reason}`
}
