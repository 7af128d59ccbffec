import {
  mkdirSync,
  mkdtempSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MetricFamily } from '../../../model/metric-family.ts'
import { createHostCollector, type HostCollector } from '../collect.ts'
import { readHostFlags } from '../flags.ts'

let reports: string[] = []
let root = ''
beforeEach(() => {
  reports = []
  root = mkdtempSync(join(tmpdir(), 'vedette-textfile-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function start(...directories: string[]): HostCollector {
  const { options } = readHostFlags(
    new Map<string, boolean | string[]>([
      ['collector.disable-defaults', true],
      ['collector.textfile', true],
      ['collector.loadavg', true],
      ['collector.textfile.directory', directories],
    ]),
  )
  return createHostCollector(options, (what, message) => reports.push(`${what}: ${message}`))
}

function write(name: string, text: string): string {
  const path = join(root, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

const OURS = /^node_(?:load|scrape_collector|exporter_build)/

/** Lines without labels of empty value, with `le` and `quantile` as plain numbers, in any order. */
function linesOf(families: readonly MetricFamily[]): string[] {
  const out: string[] = []
  for (const { name, type, help, metrics } of families) {
    if (OURS.test(name)) continue
    out.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type === 'unknown' ? 'untyped' : type}`)
    for (const { labels, value, suffix } of metrics) {
      const pairs: string[] = []
      for (let i = 0; i < labels.length; i += 2) {
        pairs.push(shownPair(labels[i] as string, labels[i + 1] as string))
      }
      out.push(`${name}${suffix ?? ''}{${shownPairs(pairs)}} ${value}`)
    }
  }
  return out.sort()
}

const shownPairs = (pairs: readonly string[]): string =>
  pairs
    .filter((pair) => pair !== '')
    .sort()
    .join(',')

function shownPair(name: string, value: string): string {
  if (value === '') return ''
  const number = Number(value.replace('Inf', 'Infinity'))
  const shown = (name === 'le' || name === 'quantile') && !Number.isNaN(number)
  return `${name}=${shown ? String(number) : value}`
}

const read = async (collector: HostCollector): Promise<string[]> =>
  linesOf(await collector.collect()).filter((line) => !line.includes('node_textfile_mtime'))

const errorOf = async (collector: HostCollector): Promise<number | undefined> => {
  const families = await collector.collect()
  return families.find(({ name }) => name === 'node_textfile_scrape_error')?.metrics[0]?.value
}

describe('text files', () => {
  it('are read with their types and help', async () => {
    write(
      'a.prom',
      '# HELP a_total Things.\n# TYPE a_total counter\na_total{x="1"} 5\na_total 6\nplain 7\n',
    )
    write('ignored.txt', 'x 1\n')
    expect(await read(start(root))).toEqual([
      '# HELP a_total Things.',
      '# HELP node_textfile_scrape_error 1 if there was an error opening or reading a file, 0 otherwise',
      `# HELP plain Metric read from ${root}/a.prom`,
      '# TYPE a_total counter',
      '# TYPE node_textfile_scrape_error gauge',
      '# TYPE plain untyped',
      'a_total{x=1} 5',
      'a_total{} 6',
      'node_textfile_scrape_error{} 0',
      'plain{} 7',
    ])
  })

  it('tell when they were written, in whole seconds', async () => {
    const path = write('a.prom', 'x 1\n')
    utimesSync(path, 1_700_000_000.9, 1_700_000_000.9)
    expect(linesOf(await start(root).collect())).toContain(
      `node_textfile_mtime_seconds{file=${path}} 1700000000`,
    )
  })

  it('are read again when they change', async () => {
    const collector = start(root)
    write('a.prom', 'x 1\n')
    expect(await read(collector)).toContain('x{} 1')
    write('a.prom', 'x 25\n')
    expect(await read(collector)).toContain('x{} 25')
    rmSync(join(root, 'a.prom'))
    expect((await read(collector)).join()).not.toContain('x{}')
  })

  it.each<[string, string, RegExp]>([
    ['garbage', '<html>\n', /a\.prom: line 1: /],
    ['a timestamp', 'x 1 1600000000000\n', /a\.prom: has timestamps/],
    ['a line without end', 'x 1', /a\.prom: line \d: .*line feed/],
    ['a metric that another collector has', 'node_load1 3\n', /is a metric of another collector/],
    ['the same series twice', 'x{a="b"} 3\nx{a="b"} 4\n', /series that was read before/],
  ])('with %s are an error that is reported once', async (_, text, message) => {
    write('a.prom', text)
    write('b.prom', 'good 1\n')
    const collector = start(root)
    expect(await errorOf(collector)).toBe(1)
    expect(await read(collector)).toContain('good{} 1')
    expect(reports).toHaveLength(1)
    expect(reports[0]).toMatch(message)
    write('a.prom', 'fine 1\n')
    expect(await errorOf(collector)).toBe(0)
  })

  it('of different types or help: the first counts', async () => {
    write('a.prom', '# HELP x One.\n# TYPE x gauge\nx{f="a"} 1\n')
    write('b.prom', '# HELP x Two.\n# TYPE x gauge\nx{f="b"} 2\n')
    write('c.prom', '# TYPE x counter\nx{f="c"} 3\n')
    const lines = await read(start(root))
    expect(lines).toContain('x{f=a} 1')
    expect(lines.join()).not.toMatch(/x\{f=[bc]/)
    expect(reports.map((report) => report.replaceAll(root, ''))).toEqual([
      'textfile /b.prom: /b.prom: x has another help text than in /a.prom',
      'textfile /c.prom: /c.prom: x is a counter here and a gauge in /a.prom',
    ])
  })

  it('may be in several folders, and folders may be a pattern', async () => {
    write('one/a.prom', 'a 1\n')
    write('two/b.prom', 'b 2\n')
    write('other/c.prom', 'c 3\n')
    const lines = await read(start(join(root, 'o[a-n]e'), join(root, 't*')))
    expect(lines).toContain('a{} 1')
    expect(lines).toContain('b{} 2')
    expect(lines.join()).not.toContain('c{}')
  })

  it('of a folder that is missing are an error, of no folder none', async () => {
    expect(await errorOf(start(join(root, 'missing')))).toBe(1)
    expect(reports[0]).toContain('ENOENT')
    expect(await errorOf(start(join(root, 'missing*')))).toBe(1)
    expect(await errorOf(start())).toBe(0)
  })
})

const DATA = resolve('../shared/data/node_exporter-fixtures/textfile')

/** client_golang completes a summary that has quantiles only; here a line that no file has is not made up. */
const MADE_UP = /^prometheus_rule_evaluation_duration_seconds_(?:count|sum)\{handler=foo,/

/** A page of the data in the form of `linesOf`. */
function expectedLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.includes('node_textfile_mtime'))
    .map((line) => {
      const found = /^([a-zA-Z0-9_:]+)(?:\{(.*)\})? (\S+)$/.exec(line)
      if (!found || line.startsWith('#')) return line.replaceAll('fixtures/textfile', DATA)
      const pairs = [...(found[2] ?? '').matchAll(/(\w+)="([^"]*)"/g)]
      const shown = pairs.map((pair) => shownPair(pair[1] as string, pair[2] as string))
      const value = Number((found[3] as string).replace('Inf', 'Infinity'))
      return `${found[1]}{${shownPairs(shown)}} ${value}`
    })
    .filter((line) => !MADE_UP.test(line))
    .sort()
}

describe.runIf(existsSync(DATA))("node_exporter's own text files", () => {
  const cases = existsSync(DATA)
    ? readdirSync(DATA)
        .filter((name) => name.endsWith('.out'))
        .map((name) => name.slice(0, -'.out'.length))
    : []
  it.each(cases)('%s', async (name) => {
    const folder = name === 'glob_extra_dimension' ? '*_extra_dimension' : name
    const expected = expectedLines(readFileSync(join(DATA, `${name}.out`), 'utf8'))
    expect(await read(start(join(DATA, folder)))).toEqual(expected)
  })
})

if (!existsSync(DATA)) console.log(`skipped: node_exporter's text files are not at ${DATA}`)
