const CONTEXT_LINES = 3

/** The difference of two texts as `diff -u` shows it, for texts that lines were added to or taken from. */
export function lineDiff(file: string, before: string | undefined, after: string): string {
  const old = linesOf(before ?? '')
  const now = linesOf(after)
  const steps = compare(old, now)
  const head = `--- ${before === undefined ? '/dev/null' : file}\n+++ ${file}\n`
  return head + hunksOf(steps).map(showHunk).join('')
}

interface Step {
  readonly sign: ' ' | '-' | '+'
  readonly line: string
  /** Lines of each text before this one. */
  readonly oldAt: number
  readonly newAt: number
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

/** Lines are looked for ahead in the other text: those that were added stand before the one that is found again. */
function compare(old: readonly string[], now: readonly string[]): readonly Step[] {
  const steps: Step[] = []
  let i = 0
  let j = 0
  while (i < old.length || j < now.length) {
    const [was, is] = [old[i], now[j]]
    if (was !== undefined && was === is) {
      steps.push({ sign: ' ', line: was, oldAt: i++, newAt: j++ })
    } else if (is !== undefined && (was === undefined || isFollowed(now, j, old, i))) {
      steps.push({ sign: '+', line: is, oldAt: i, newAt: j++ })
    } else steps.push({ sign: '-', line: was ?? '', oldAt: i++, newAt: j })
  }
  return steps
}

/** Whether the line comes later, so that what stands before it was added. */
function isFollowed(now: readonly string[], j: number, old: readonly string[], i: number): boolean {
  return now.indexOf(old[i] ?? '', j) >= 0
}

function hunksOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const hunks: Step[][] = []
  let end = -1
  for (const [at, { sign }] of steps.entries()) {
    if (sign === ' ') continue
    const from = Math.max(end, at - CONTEXT_LINES)
    const to = Math.min(steps.length, at + CONTEXT_LINES + 1)
    const last = hunks.at(-1)
    if (last !== undefined && from <= end) last.push(...steps.slice(end, to))
    else hunks.push(steps.slice(Math.max(0, from), to))
    end = to
  }
  return hunks
}

function showHunk(hunk: readonly Step[]): string {
  const [first] = hunk
  const count = (sign: '-' | '+'): number => hunk.filter((each) => each.sign !== sign).length
  const [olds, news] = [count('+'), count('-')]
  const place = (at: number, lines: number): string => `${lines === 0 ? at : at + 1},${lines}`
  const head = `@@ -${place(first?.oldAt ?? 0, olds)} +${place(first?.newAt ?? 0, news)} @@\n`
  return head + hunk.map(({ sign, line }) => `${sign}${line}\n`).join('')
}
