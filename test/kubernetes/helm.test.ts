import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasPrograms } from '../e2e/tools/notice.ts'
import { projectRoot } from '../house/read-sources.ts'
import { printYaml } from '../../src/yaml/print.ts'
import { byName } from './by-name.ts'
import { readManifests } from './read-manifests.ts'
import { readValues, renderChart } from './render-chart.ts'

const run = promisify(execFile)
const CHART = path.join(projectRoot, 'deploy/helm/vedette')
const EXAMPLE = path.join(CHART, 'ci/example-values.yaml')
const API_VERSIONS = ['cert-manager.io/v1', 'opentelemetry.io/v1alpha1']

describe.runIf(hasPrograms('Helm itself', { helm: 'helm' }))('Helm', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'vedette-helm-'))
    cpSync(CHART, folder, { recursive: true })
    // Charts of others would have to be fetched, and are off.
    const { dependencies: _, ...chart } = readValues(path.join(CHART, 'Chart.yaml'))
    writeFileSync(path.join(folder, 'Chart.yaml'), printYaml(chart))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('finds nothing wrong with the chart', async () => {
    await expect(run('helm', ['lint', '--strict', folder, '-f', EXAMPLE])).resolves.toBeDefined()
  }, 60_000)

  it.each([
    ['by default', []],
    ['with the example', ['-f', EXAMPLE]],
  ])(
    'renders the chart as the tests do: %s',
    async (_, files) => {
      const kinds = API_VERSIONS.flatMap((version) => ['--api-versions', version])
      const args = ['template', 'vedette', folder, '-n', 'monitoring', ...kinds, ...files]
      const { stdout } = await run('helm', args)
      const values = files.length === 0 ? {} : readValues(EXAMPLE)
      const release = {
        name: 'vedette',
        namespace: 'monitoring',
        values,
        apiVersions: API_VERSIONS,
      }
      const wanted = readManifests(renderChart(CHART, release))
      expect(byName(readManifests(stdout))).toEqual(byName(wanted))
    },
    60_000,
  )
})
