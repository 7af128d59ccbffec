import { expect, it } from 'vitest'
import { chooseSeed, createRandom, type Random } from '../e2e/tools/random.ts'
import { batchOf, linesOver, NOON_NS, type TestLine } from './lines-harness.ts'
import { range, StoreHarness } from './store-harness.ts'
import { TallyComparison } from './tally-comparison.ts'

const SECOND_NS = 1_000_000_000n
const LINES = 800
const ROUNDS = 60
const open = linesOver(new StoreHarness())

const NAMES = ['level', 'status', 'app', 'http_status', 'took', 'level_extracted'] as const
const KEYS = [
  ...['level', 'level', 'level', 'status', 'status', 'app', 'took', 'msg', 'x', 'http_status'],
  ...['http.status', 'http-status', '@level', '-', '--', 'Level', '9', '_level', 'xlevel', 'lével'],
  ...['__error__', '--error--', '\u00a0level', 'level\u00a0', 'le"vel', '="', '', '\ufffd'],
] as const
const VALUES = [
  ...['=info', '=error', '=info', '=500', '=200', '="info"', '="two words"', '=10ms'],
  ...['', '=', '=""', '=a=b', '="a=b"', '=a"b', '="a"b', String.raw`="a\"b"`, String.raw`="\\"`],
  ...[String.raw`="\q"`, String.raw`="\u00e9\n"`, '="un', '=é', '="a level=x b"', '="level="'],
  ...['=\ufffd', '="\t"', '="a\nb"', String.raw`="say \"level=x\""`, '="tab\tlevel=y"'],
] as const

function logfmtOf(random: Random): string {
  const blank = random.pick([' ', ' ', ' ', '  ', '\t', '\n', '\u00a0'])
  const pairs = range(random.between(0, 5)).map(() => {
    const key = random.between(0, 2) > 0 ? KEYS[random.between(0, 9)] : random.pick(KEYS)
    const value = random.between(0, 2) > 0 ? VALUES[random.between(0, 7)] : random.pick(VALUES)
    return `${key}${value}`
  })
  return `${random.pick(['', '', ' '])}${pairs.join(blank)}${random.pick(['', '', ' '])}`
}

function accessOf(random: Random): string {
  const pieces = [
    random.pick(['web', 'db', '', 'é', 'a b']),
    random.pick([' - ', ' - ', ' ', '-', ' -  - ']),
    random.pick(['info', 'error', '', 'in"fo', 'a\nb', '\ufffd']),
    random.pick([' "', ' "', '"', '']),
    random.pick(['GET', 'POST', '500', '']),
    random.pick(['" ', '" ', '"', '']),
    random.pick(['200', '500', '10ms', '', ' ', '" 7']),
  ]
  return pieces.slice(0, random.between(0, 12) === 0 ? random.between(0, 7) : 7).join('')
}

const PARSERS = [
  ...['| logfmt', '| logfmt', '| logfmt', '| logfmt --strict', '| logfmt --keep-empty'],
  ...['| logfmt level="status"', '| logfmt level', '| logfmt | json'],
  ...['| pattern `<_> - <level> "<method>" <status>`', '| pattern `<app> - <level> "`'],
  ...[
    '| pattern `web - <level> <_>"<_> <status>`',
    '| pattern `<level>`',
    '| pattern `<x>-<took>`',
  ],
  ...['| regexp `(?P<level>in.o|error) "(?P<method>\\w*)"`', '| regexp `(?P<status>\\d+)(ms)?$`'],
  ...[
    '| regexp `^(a)?(?:b)?(?P<app>[^ (]*) - (?P<level>.*) "`',
    '| regexp `(?P<level>e)|(?P<took>x)`',
  ],
  ...['| regexp `(?P<level>\\pL+)`', '| regexp `(?i)LEVEL=(?P<level>\\S+)`'],
] as const

function queryOf(random: Random): string {
  const name = (): string => random.pick(NAMES)
  const stages = range(random.between(0, 2)).map(() =>
    random.pick([
      `| ${name()}="info"`,
      `| ${name()}!=""`,
      '| status >= 500',
      `| ${name()}=~"in.*|5.*"`,
      '| __error__=""',
      `| drop ${name()}`,
      `| keep ${name()}, app`,
      '|= "error"',
      '!= "x"',
    ]),
  )
  const parser = random.pick(PARSERS)
  const lines = `{app=~".+"} ${parser} ${stages.join(' ')}`
  const width = random.pick(['1s', '3s', '10s', '1m'])
  const unwrapped = `${lines} | unwrap ${random.pick(['status', 'duration(took)'])} | __error__=""`
  const inner = random.pick([
    `count_over_time(${lines} [${width}])`,
    `rate(${lines} [${width}])`,
    `bytes_over_time(${lines} [${width}])`,
    `absent_over_time(${lines} [${width}])`,
    `sum_over_time(${unwrapped} [${width}])`,
    `max_over_time(${unwrapped} [${width}]) by (level)`,
  ])
  return random.pick([
    inner,
    `sum by (${name()}, ${name()}) (${inner})`,
    `sum by (${name()}) (${inner})`,
    `sum by (${name()}) (${inner})`,
    `sum(${inner})`,
  ])
}

function linesOf(random: Random): TestLine[] {
  return range(LINES).map((i) => ({
    stream: { app: random.pick(['web', 'db']), ...(i % 3 === 0 && { pod: String(i % 5) }) },
    ns: NOON_NS + BigInt(random.between(0, 60)) * SECOND_NS + BigInt(random.between(0, 2000)),
    text: random.between(0, 2) > 0 ? logfmtOf(random) : accessOf(random),
    metadata: random.pick([{}, {}, {}, { level: 'meta' }]),
  }))
}

it('what the engine counts behind logfmt, pattern and regexp is what reading the lines counts', async () => {
  const random = createRandom(chooseSeed('lines-tally-parsers'))
  const { store } = await open()
  await store.append(batchOf(linesOf(random)))
  const comparison = new TallyComparison(store, random, queryOf)
  expect(await comparison.findDifference(ROUNDS)).toBeUndefined()
  expect(comparison.report('lines-tally-parsers')).toBeGreaterThan(0)
})
