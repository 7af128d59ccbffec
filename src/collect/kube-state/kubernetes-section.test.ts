import { expect, test } from 'vitest'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { readKubernetesSection } from './kubernetes-section.ts'

const POD = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }
const context = { folder: '/etc/vedette', warnsUnsupported: true }

function read(text: string, env: Record<string, string> = POD) {
  const faults = new FaultList()
  const node = parseYaml(`kubernetes: ${text}`, { file: 'v.yml', faults, env })
  const section = node?.asMap()?.key('kubernetes')
  const settings = readKubernetesSection(section, { context, env })
  return { settings, faults: faults.items.map(formatFault) }
}

test('without content everything is on', () => {
  const { settings, faults } = read('{}')
  expect(faults).toEqual([])
  expect(settings).toMatchObject({
    ...{ namespaces: [], intervalMs: 30_000, isEventsOn: true },
    ...{ kubelet: { scheme: 'https' }, apiserver: { scheme: 'https' } },
    operator: { selector: '', serviceRole: 'endpoints', deniesFiles: false, namespaces: [] },
  })
  expect(settings.state?.resources).toContain('pods')
  expect(settings.operator?.kinds).toHaveLength(6)
})

test('parts can be off, or say more', () => {
  const { settings, faults } = read(`
  api_server: https://10.0.0.1:6443
  authorization: {credentials: t}
  namespaces: [shop]
  state: {resources: [pods, nodes], deny: ['kube_*_created'], labels: {pods: [app]}}
  kubelet: false
  apiserver: {scheme: http}
  events: false
  operator: {kinds: [PrometheusRule], selector: team=a, deny_files: true, discovery_role: endpointslice}
`)
  expect(faults).toEqual([])
  expect(settings.reach.apiServer).toBe('https://10.0.0.1:6443')
  expect(settings.reach.http.authorization?.credentials?.reveal()).toBe('t')
  expect(settings).toMatchObject({
    ...{ namespaces: ['shop'], kubelet: undefined, apiserver: { scheme: 'http' } },
    ...{ isEventsOn: false },
    state: { resources: ['pods', 'nodes'], deny: ['kube_*_created'], labels: { pods: ['app'] } },
    operator: { kinds: ['PrometheusRule'], serviceRole: 'endpointslice', deniesFiles: true },
  })
  expect(read('{operator: false, state: false}').settings).toMatchObject({
    ...{ operator: undefined, state: undefined },
  })
})

test.each([
  ['{state: {resources: [pod]}}', '"pod" is none of pods, deployments'],
  ['{state: {labels: {pod: [app]}}}', '"pod" is none of pods'],
  ['{operator: {kinds: [Prometheus]}}', '"Prometheus" is none of ServiceMonitor'],
  ['{operator: {discovery_role: pod}}', 'discovery_role'],
  ['{api_server: 10.0.0.1:6443}', 'must be a URL such as https://10.0.0.1:6443'],
  ['{api_server: "https://a", kubeconfig_file: k}', 'excludes api_server'],
  ['{events: maybe}', 'events'],
  ['{pods: true}', 'pods'],
])('%s is refused', (text, reason) => {
  const { faults } = read(text)
  expect(faults[0]).toContain(reason)
  expect(faults[0]).toMatch(/^v\.yml:1:\d+: /)
})

test('outside of a cluster it has to be said where one is', () => {
  expect(read('{}', {}).faults[0]).toContain('say api_server or kubeconfig_file')
  expect(read('{kubeconfig_file: k}', {}).settings.reach.kubeconfigFile).toBe('/etc/vedette/k')
})
