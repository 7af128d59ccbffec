import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig, type StartFlags, type VedetteConfig } from './config.ts'
import { formatFault } from './yaml/fault.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'clickhouse-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function load(text: string, flags: StartFlags = {}): VedetteConfig['clickhouse'] | string[] {
  const file = path.join(folder, 'vedette.yml')
  writeFileSync(file, text)
  const env = { CLICKHOUSE_PASSWORD: 'secret', POSTGRES_PASSWORD: 'other' }
  const loaded = loadConfig({ path: file, flags, env })
  if (loaded.ok) return loaded.config.clickhouse
  return loaded.faults.map((fault) => formatFault(fault).replace(`${file}:`, ''))
}

describe('clickhouse', () => {
  it('takes one URL or several, with credentials in them or beside them', () => {
    expect(load('clickhouse: {url: "https://me:my%20secret@a:8443"}')).toMatchObject({
      url: 'https://a:8443/',
      urls: ['https://a:8443/'],
      username: 'me',
    })
    const several = load('clickhouse: {url: ["http://a:8123", "http://b:8123"], username: me}')
    expect(several).toMatchObject({ urls: ['http://a:8123/', 'http://b:8123/'], username: 'me' })
    const flags = { clickhouseUrl: 'http://c:1, http://d:2' }
    expect(load('clickhouse: {url: "http://a:8123"}', flags)).toMatchObject({
      urls: ['http://c:1/', 'http://d:2/'],
    })
    expect(load('')).toBeUndefined()
  })

  it('takes what deploy/compose/cluster.yml says', () => {
    const file = path.join(import.meta.dirname, '../deploy/compose/cluster.yml')
    const lines = readFileSync(file, 'utf8').split('\n')
    const from = lines.findIndex((line) => line.startsWith('#   clickhouse:'))
    const to = lines.findIndex((line) => line === 'services:')
    const text = lines.slice(from, to).map((line) => line.slice(4))
    expect(load(text.join('\n'))).toMatchObject({
      urls: ['http://clickhouse-1:8123/', 'http://clickhouse-2:8123/'],
      cluster: { name: 'main', isReplicated: true, isSharded: false, quorum: undefined },
    })
  })

  it.each([
    ['{url: "a:b"}', '1:19: url: must be a URL such as'],
    ['{url: ["http://a", "ftp://b"]}', 'must be a URL such as'],
    ['{url: []}', 'must be a URL such as'],
    ['{url: "http://a", replicated: true}', 'replicated: needs cluster: the name that'],
    ['{url: "http://a", cluster: main}', 'needs replicated: true or sharded: true, or both'],
    ['{url: "http://a", cluster: "a b", replicated: true}', 'must be the name of a cluster'],
    ['{url: "http://a", cluster: c, sharded: true, insert_quorum: 2}', 'needs replicated: true'],
    ['{url: "http://a", cluster: c, replicated: true, insert_quorum: 1}', 'insert_quorum'],
    ['{username: me}', 'needs a url: where the ClickHouse is'],
    ['{url: "http://a", urls: []}', 'urls'],
  ])('refuses %s', (section, message) => {
    expect(JSON.stringify(load(`clickhouse: ${section}`))).toContain(message)
  })
})
