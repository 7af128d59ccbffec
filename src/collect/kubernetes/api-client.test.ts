import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inClusterAccess, isInCluster } from './api-access.ts'
import { createKubernetesApi } from './api-client.ts'
import { readKubeconfig } from './kubeconfig.ts'
import { FakeApi } from './testing/fake-api.ts'

let folder = ''
let fake: FakeApi

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'kubernetes-'))
  fake = await FakeApi.start({ token: 'first-token' })
  fake.put('/api/v1/nodes', { metadata: { name: 'n1' } })
})

afterEach(async () => {
  await fake.stop()
  rmSync(folder, { recursive: true })
})

const NODE = '/api/v1/nodes/n1'
const signal = (): AbortSignal => AbortSignal.timeout(15_000)

function write(name: string, text: string): string {
  const file = path.join(folder, name)
  writeFileSync(file, text)
  return file
}

const kubeconfig = (user: string, cluster = ''): string =>
  `apiVersion: v1
kind: Config
current-context: main
contexts:
- name: main
  context: {cluster: c, user: u, namespace: shop}
clusters:
- name: c
  cluster: {server: "${fake.url}"${cluster}}
users:
- name: u
  user: ${user}
`

describe('the access of a pod', () => {
  it('is that of its service account, whose token is read anew', async () => {
    const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '6443' }
    expect(isInCluster(env)).toBe(true)
    const access = inClusterAccess(env, folder)
    expect(access.server).toBe('https://127.0.0.1:6443')
    expect(access.http.tls?.caFile).toBe(path.join(folder, 'ca.crt'))
    write('token', 'first-token\n')
    const http = { ...access.http, tls: undefined }
    const api = createKubernetesApi({ access: { ...access, server: fake.url, http } })
    expect(await api.get(NODE, {}, signal())).toMatchObject({ metadata: { name: 'n1' } })
    fake.token = 'second-token'
    await expect(api.get(NODE, {}, signal())).rejects.toThrow(`answers 401 to ${NODE}: Unauthor`)
    write('token', 'second-token\n')
    expect(await api.get(NODE, {}, signal())).toMatchObject({ metadata: { name: 'n1' } })
    await api.close()
  })

  it('is an IPv6 address in brackets, and nothing outside of a cluster', () => {
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }
    expect(inClusterAccess(env).server).toBe('https://[fd00::1]:443')
    expect(isInCluster({})).toBe(false)
    expect(() => inClusterAccess({})).toThrow(/api_server or kubeconfig_file/)
  })
})

describe('the access of a kubeconfig', () => {
  it.each([
    ['a token', '{token: first-token}'],
    ['a file with a token, beside it', '{tokenFile: token}'],
  ])('is by %s', async (_, user) => {
    write('token', 'first-token')
    const file = write('config', kubeconfig(user))
    expect((await readKubeconfig(file)).namespace).toBe('shop')
    const api = createKubernetesApi({ access: () => readKubeconfig(file) })
    expect(await api.get(NODE, {}, signal())).toMatchObject({ metadata: { name: 'n1' } })
    await api.close()
  })

  it('may be by certificates in the file or beside it, and by a password', async () => {
    const data = Buffer.from('PEM').toString('base64')
    const inline = write(
      'a',
      kubeconfig(
        `{client-certificate-data: ${data}, client-key-data: ${data}}`,
        `, certificate-authority-data: ${data}, tls-server-name: api.test`,
      ),
    )
    expect((await readKubeconfig(inline)).http.tls).toMatchObject({
      ...{ ca: 'PEM', cert: 'PEM', serverName: 'api.test', insecureSkipVerify: false },
    })
    const files = write(
      'b',
      kubeconfig('{client-certificate: c.pem, client-key: k.pem, username: x, password: y}'),
    )
    const { http } = await readKubeconfig(files)
    expect(http.tls).toMatchObject({
      certFile: path.join(folder, 'c.pem'),
      keyFile: path.join(folder, 'k.pem'),
    })
    expect(http.basicAuth?.password?.reveal()).toBe('y')
  })

  it.each([
    ['{exec: {command: aws}}', '12:10: exec: programs and plugins that log in are not run'],
    ['{auth-provider: {name: gcp}}', 'auth-provider: programs and plugins'],
  ])('by a program is refused: %s', async (user, message) => {
    await expect(readKubeconfig(write('config', kubeconfig(user)))).rejects.toThrow(message)
  })

  it.each([
    ['contexts: {', 'config:1:'],
    ['current-context: x\ncontexts: []', 'there is no context with the name "x"'],
    ['contexts: []', 'current-context: must name the context that is meant'],
  ])('that is wrong is refused with its place: %j', async (text, message) => {
    await expect(readKubeconfig(write('config', text))).rejects.toThrow(message)
  })

  it('that is not there is named', async () => {
    await expect(readKubeconfig(path.join(folder, 'none'))).rejects.toThrow(/none: cannot be read/)
  })
})

describe('faults of an API server', () => {
  it('are in words that name no token', async () => {
    fake.refuse('/api/v1/nodes', 500, 'who sends first-token?')
    const file = write('config', kubeconfig('{token: first-token}'))
    const api = createKubernetesApi({ access: () => readKubeconfig(file) })
    await expect(api.get(NODE, {}, signal())).rejects.toThrow(
      `the API server answers 500 to ${NODE}: who sends <secret>?`,
    )
    await fake.stop()
    await expect(api.get(NODE, {}, signal())).rejects.toThrow(/connection refused/)
    await api.close()
    fake = await FakeApi.start()
  })
})
