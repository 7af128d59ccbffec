import { describe, expect, it } from 'vitest'
import { encodeUtf8 } from '../text-codec.ts'
import type { ScrapePage } from './page.ts'
import { createScrapeParser } from './scrape-parser.ts'
import { SeriesCache } from './series-cache.ts'

function insert(cache: SeriesCache, text: string, id: number): void {
  const bytes = encodeUtf8(text)
  cache.insert(bytes, 0, bytes.length, cache.hash(bytes, 0, bytes.length), id)
}

function lookup(cache: SeriesCache, text: string): number {
  const bytes = encodeUtf8(`..${text}..`)
  return cache.lookup(bytes, 2, bytes.length - 2, cache.hash(bytes, 2, bytes.length - 2))
}

describe('SeriesCache', () => {
  it('knows what was inserted, and nothing else', () => {
    const cache = new SeriesCache()
    for (let i = 0; i < 5000; i++) insert(cache, `m{i="${'x'.repeat(i % 40)}${i}"}`, i)
    for (let i = 0; i < 5000; i++) {
      expect(lookup(cache, `m{i="${'x'.repeat(i % 40)}${i}"}`)).toBe(i)
      expect(lookup(cache, `n{i="${i}"}`)).toBe(-1)
    }
    expect(cache.size).toBe(5000)
  })

  it('compares bytes when hashes are equal', () => {
    const cache = new SeriesCache()
    const [one, two, short] = [encodeUtf8('series_1'), encodeUtf8('series_2'), encodeUtf8('s')]
    cache.insert(one, 0, 8, 7, 1)
    cache.insert(two, 0, 8, 7, 2)
    cache.insert(short, 0, 1, 7, 3)
    expect(cache.lookup(one, 0, 8, 7)).toBe(1)
    expect(cache.lookup(two, 0, 8, 7)).toBe(2)
    expect(cache.lookup(short, 0, 1, 7)).toBe(3)
    expect(cache.lookup(encodeUtf8('series_3'), 0, 8, 7)).toBe(-1)
    expect(cache.lookup(encodeUtf8('t'), 0, 1, 7)).toBe(-1)
  })

  it('gives a known series another number', () => {
    const cache = new SeriesCache()
    insert(cache, 'a', 1)
    insert(cache, 'a', 2)
    expect([cache.size, lookup(cache, 'a')]).toEqual([1, 2])
  })

  it('forgets what was not seen since the last sweep, and keeps the rest in order', () => {
    const cache = new SeriesCache()
    for (let i = 0; i < 300; i++) insert(cache, `m${i}`, i)
    expect(cache.sweep()).toEqual([])
    for (let i = 0; i < 300; i += 3) expect(lookup(cache, `m${i}`)).toBe(i)
    const removed = cache.sweep()
    expect(removed).toHaveLength(200)
    expect(removed.every((id) => id % 3 !== 0)).toBe(true)
    for (let i = 0; i < 300; i++) expect(lookup(cache, `m${i}`)).toBe(i % 3 === 0 ? i : -1)
    expect(cache.size).toBe(100)
    cache.clear()
    expect([cache.size, lookup(cache, 'm0')]).toEqual([0, -1])
  })
})

const TEXT = 'text/plain'
const parser = createScrapeParser()

/** Scrapes as the scrape loop does: unknown series are given numbers, unseen ones are swept. */
class Scraper {
  readonly cache = new SeriesCache()
  readonly known: string[] = []
  removed: string[] = []
  /** How many series had to be made. */
  misses = 0

  scrape(text: string): string[] {
    const page = parser.parse(encodeUtf8(text), TEXT, 0, true, this.cache)
    if (page.fault !== undefined) throw new Error(page.fault.message)
    this.misses = 0
    const rows = Array.from({ length: page.rows }, (_, row) => this.#resolve(page, row))
    this.removed = this.cache.sweep().map((id) => this.known[id] as string)
    return rows
  }

  #resolve(page: ScrapePage, row: number): string {
    let id = page.ids[row] as number
    if (id === -1) {
      this.misses++
      id = this.known.length
      this.known.push(page.labelsOf(row).toString())
      const start = page.seriesStarts[row] as number
      const end = page.seriesEnds[row] as number
      this.cache.insert(page.bytes, start, end, page.hashes[row] as number, id)
    }
    return `${this.known[id]} ${page.values[row]}`
  }
}

describe('scrapes through a cache', () => {
  it('know the series of the page before', () => {
    const scraper = new Scraper()
    const page = (value: number): string =>
      `a ${value}\na{b="c"} ${value}\n# HELP x\nab{b="c"}${value}\n`
    expect(scraper.scrape(page(1))).toEqual(['a 1', 'a{b="c"} 1', 'ab{b="c"} 1'])
    expect(scraper.misses).toBe(3)
    expect(scraper.scrape(page(2))).toEqual(['a 2', 'a{b="c"} 2', 'ab{b="c"} 2'])
    expect([scraper.misses, scraper.removed]).toEqual([0, []])
  })

  it('do not take the beginning of a series for the series', () => {
    const scraper = new Scraper()
    expect(scraper.scrape('a 1\n')).toEqual(['a 1'])
    expect(scraper.scrape('a {b="c"} 2\n')).toEqual(['a{b="c"} 2'])
    expect(scraper.scrape('a_total 3\n')).toEqual(['a_total 3'])
    expect(scraper.scrape('a\t4\n')).toEqual(['a 4'])
  })

  it('say what is wrong with a known series without a value', () => {
    const scraper = new Scraper()
    scraper.scrape('a 1\nb{c="d"} 1\n')
    for (const text of ['a', 'a\n', 'a ', 'a 1\nb{c="d"}', 'a 1\nb{c="d"} \n']) {
      const { fault } = parser.parse(encodeUtf8(text), TEXT, 0, true, scraper.cache)
      expect(fault?.message).toContain('expected a value after the series')
    }
  })

  it('agree with scrapes without a cache while series come, go and move', () => {
    const scraper = new Scraper()
    let seed = 3
    const random = (): number => (seed = (seed * 1103515245 + 12345) % 2147483648)
    for (let round = 0; round < 200; round++) {
      const lines: string[] = []
      for (let i = 0; i < 60; i++) {
        if (random() % 5 > 0) lines.push(`m{i="${i}",pad="${'y'.repeat(i % 9)}"} ${round}`)
      }
      if (round % 11 === 0) lines.reverse()
      if (round % 13 === 0) lines.push(lines[0] as string)
      const before = new Set(scraper.known.slice(0))
      const text = `${lines.join('\n')}\n`
      const plain = parser.parse(encodeUtf8(text), TEXT, 0, true)
      const expected = Array.from({ length: plain.rows }, (_, row) => {
        return `${plain.labelsOf(row).toString()} ${plain.values[row]}`
      })
      expect(scraper.scrape(text)).toEqual(expected)
      const gone = scraper.removed
      expect(gone.every((series) => before.has(series) && !text.includes(series.slice(2)))).toBe(
        true,
      )
    }
  })
})
