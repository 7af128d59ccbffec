import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { planDeployment } from '../../src/operate/kubernetes/plan-deployment.ts'
import { printManifests } from '../../src/operate/kubernetes/print-manifests.ts'
import { notice } from '../e2e/tools/notice.ts'
import { projectRoot } from '../house/read-sources.ts'
import { referenceFaults } from './check-references.ts'
import { schemaFaults } from './check-schemas.ts'
import { at, mapsAt, textAt } from './json.ts'
import { find, readManifests } from './read-manifests.ts'

const FILE = path.join(projectRoot, '../shared/data/seeds/jips/poc-odooswfjips.env')
const isThere = existsSync(FILE)
if (!isThere) notice('the env file of the field is skipped: ../shared/data is not there')

it.runIf(isThere)('an env file of the field makes what its description says', () => {
  const env = { file: FILE, text: readFileSync(FILE, 'utf8') }
  const { manifests, warnings } = planDeployment({ env, secrets: undefined, namespace: undefined })
  expect(warnings).toEqual([])
  const objects = readManifests(printManifests(manifests))
  expect(objects.flatMap(schemaFaults)).toEqual([])
  expect(referenceFaults(objects)).toEqual([])

  const ingress = find(objects, 'Ingress vedette')
  expect(mapsAt(ingress, 'spec', 'rules').map((rule) => textAt(rule, 'host'))).toEqual([
    'dev-poc-odooswfjips-vedette.jips.io',
    'dev-poc-odooswfjips-prometheus.jips.io',
    'dev-poc-odooswfjips-loki.jips.io',
    'dev-poc-odooswfjips-tempo.jips.io',
  ])
  expect(at(ingress, 'metadata', 'annotations')).toMatchObject({
    'cert-manager.io/cluster-issuer': 'letsencrypt-prod',
  })
  const [claim] = mapsAt(find(objects, 'StatefulSet vedette'), 'spec', 'volumeClaimTemplates')
  expect(at(claim, 'spec', 'resources')).toEqual({ requests: { storage: '57Gi' } })

  const data = at(find(objects, 'ConfigMap vedette'), 'data')
  expect(parse(textAt(data, 'vedette.yml'))).toMatchObject({
    storage: { disk_shares: { metrics: '63.6%', logs: '18.1%', traces: '18.1%' } },
    loki: { limits_config: { retention_period: '720h' } },
  })
  expect(parse(textAt(data, 'prometheus.yml'))).toMatchObject({
    global: { external_labels: { cluster: 'poc-odooswfjips', environment: 'dev' } },
  })
  expect(parse(textAt(data, 'otel-collector.yml'))).toMatchObject({
    processors: {
      resource: {
        attributes: [
          { key: 'cluster', value: 'poc-odooswfjips', action: 'upsert' },
          { key: 'environment', value: 'dev', action: 'upsert' },
        ],
      },
    },
  })
})
