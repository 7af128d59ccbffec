import { expect, it } from 'vitest'
import { FaultList } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { nameOfPlace, readArchiveSection, type ArchiveSettings } from './archive-section.ts'

interface Read {
  readonly settings: ArchiveSettings | undefined
  readonly faults: readonly string[]
}

function read(text: string): Read {
  const faults = new FaultList()
  const root = parseYaml(text, { file: 'vedette.yml', faults })
  const settings = readArchiveSection(root?.asMap()?.key('archive'))
  return { settings, faults: faults.items.map(({ line, message }) => `${line}: ${message}`) }
}

const S3 = (more: string): string =>
  `archive:\n  s3: {endpoint: 'https://s3.example.org', bucket: monitoring, prefix: /a/host1/, access_key: A, secret_key: the-secret${more}}\n`

it('a bucket has defaults for what is not said, and a name without secrets', () => {
  const { settings, faults } = read(S3(''))
  expect(faults).toEqual([])
  expect(settings).toMatchObject({
    afterMs: 30 * 86_400_000,
    signals: ['metrics', 'logs', 'traces'],
    place: { kind: 's3', prefix: 'a/host1', region: 'us-east-1', cacheBytes: 1024 ** 3 },
  })
  expect(settings && nameOfPlace(settings.place)).toBe(
    's3://monitoring/a/host1 (https://s3.example.org)',
  )
  expect(JSON.stringify(settings)).not.toContain('the-secret')
})

it('a folder needs no more than its path', () => {
  const { settings, faults } = read('archive: {path: /mnt/big/, after: 7d, signals: [logs]}')
  expect(faults).toEqual([])
  expect(settings).toMatchObject({
    ...{ place: { kind: 'folder', path: '/mnt/big' }, afterMs: 7 * 86_400_000, signals: ['logs'] },
  })
})

it.each([
  ['archive: {after: 30d}', /1: archive: needs either path .* or s3/],
  ['archive: {path: /a, s3: {bucket: b}}', /1: archive: needs either path/],
  ['archive: {path: big}', /1: path: must be an absolute path/],
  ['archive: {path: /a, after: 5m}', /1: after: must be at least 1d/],
  ['archive: {path: /a, signals: [spans]}', /must be one of metrics, logs, traces, not "?spans/],
  ['archive: {path: /a, rate: 1KiB}', /rate: must be at least 64KiB/],
  ['archive: {path: /a, when: 1d}', /when.*(?:not known|unknown|allowed)/],
  [S3(', cache: 1MiB'), /2: cache: must be at least 64MiB/],
  [S3('').replace('monitoring', 'b'), /2: bucket: must be the name of a bucket: 3 to 63/],
  [S3('').replace('/a/host1/', '""'), /2: prefix: is needed/],
  [S3('').replace('https://s3.example.org', 'https://x/y'), /endpoint: .*without a path/],
  [S3('').replace('secret_key: the-secret', 'region: eu'), /secret_key: is needed/],
])('%j is refused', (text, message) => {
  const { settings, faults } = read(text)
  expect(faults.join('\n')).toMatch(message)
  expect(faults.join('\n')).not.toContain('the-secret')
  expect(faults.length > 0 || settings === undefined).toBe(true)
})
