import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../../src/access/testing/test-access.ts'
import { runCaptured } from '../../src/cli/testing/run-captured.ts'
import { openGrafanaBench, type GrafanaBench } from '../../src/http/ui/testing/grafana-bench.ts'

const OLD = {
  ...{ title: 'Old one', uid: 'old', schemaVersion: 14 },
  rows: [{ panels: [{ id: 1, type: 'graph', title: 'Load' }] }],
}

describe('vedette dashboards over the API', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vedette-dashboards-api-'))
  let bench: GrafanaBench
  beforeAll(async () => {
    bench = await openGrafanaBench()
  })
  afterAll(async () => {
    await bench.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const run = (who: string, ...args: readonly string[]) => {
    const url = bench.url.replace('//', `//${who}:${encodeURIComponent(PASSWORD)}@`)
    return runCaptured('dashboards', ...args, '--url', url)
  }

  it('does the same, as far as one may', async () => {
    const file = path.join(folder, 'old.json')
    writeFileSync(file, JSON.stringify(OLD))
    expect((await run('vi', 'import', file)).err).toMatch(/refused: vi \(viewer\) may not do this/)
    expect((await run('ed', 'import', file)).out).toContain('saved Old one (old)')
    expect(JSON.parse((await run('vi', 'list', '-o', 'json')).out)).toMatchObject([
      { uid: 'old', title: 'Old one' },
    ])
    const out = mkdtempSync(path.join(folder, 'out-'))
    expect((await run('vi', 'export', '--id', 'all', '--output', out)).code).toBe(0)
    expect(readdirSync(out)).toEqual(['old.json'])
    const token = await bench.token('dashboards:write')
    const secret = typeof token === 'string' ? '' : token.token
    const given = ['--url', bench.url, '--token', secret, '--overwrite']
    expect(
      (await runCaptured('dashboards', 'import', path.join(out, 'old.json'), ...given)).code,
    ).toBe(0)
    const nobody = await runCaptured('dashboards', 'list', '--url', bench.url)
    expect([nobody.code, nobody.err]).toEqual([1, expect.stringContaining('give a token')])
  })
})
