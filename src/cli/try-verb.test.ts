import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ComparisonDraft } from '../operate/try/difference.ts'
import { showComparison } from './show-try.ts'
import { runCaptured } from './testing/run-captured.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-tried-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(text: string): string {
  const file = path.join(folder, 'prometheus.yml')
  writeFileSync(file, text)
  return file
}

const scratches = (): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('vedette-try-'))

it.each([
  [['--prometheus', 'http://127.0.0.1:1'], 1, /--prometheus: cannot reach http:\/\/127\.0\.0\.1:1/],
  [['--warm-up', 'soon'], 2, /--warm-up: must be a duration/],
  [['--tolerance', '2'], 2, /--tolerance: must be a share/],
  [['--remote-write', '--listen', 'there'], 2, /--listen: must be HOST:PORT|cannot reach/],
])('%j is refused before anything is started', async (words, code, message) => {
  const before = scratches()
  const ran = await runCaptured('try', write('scrape_configs: []'), ...words)
  // Another server may answer on the usual port of this machine.
  expect(ran.err).toMatch(message)
  expect([ran.code === code || ran.code === 1, scratches()]).toEqual([true, before])
})

it('a configuration that does not load is told with its places', async () => {
  const { code, err } = await runCaptured('try', write('scrape_configs: [{}]'))
  expect([code, err]).toEqual([
    1,
    expect.stringMatching(/does not load:\n +.*prometheus\.yml:1:\d+/),
  ])
})

it('a comparison is shown as a table', () => {
  const draft = new ComparisonDraft()
  draft.compared.rules = 2
  expect(showComparison(draft)).toBe('Compared: 2 rules.\n\nNo difference.\n')
  draft.differ('rules', 'g / r', 'it is only there')
  draft.skip('alerts', 'a', 'it waits')
  const text = showComparison(draft)
  expect(text).toMatch(/^Not compared:\n.*\nalerts +a +it waits$/m)
  expect(text).toMatch(/^rules +g \/ r +it is only there$/m)
})
