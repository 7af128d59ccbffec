import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { startServer } from './server.ts'
import { Agent } from './tools/agent.ts'
import { own, ownFolder } from './tools/owned.ts'
import { runVedette } from './tools/run-vedette.ts'
import { waitFor } from './tools/wait-for.ts'

const REQUIRED = `
prometheus: {scrape_configs: []}
promtail: off
access: {required: true}
`

it('says once that a token is wrong, keeps everything, and sends it once the token is right', async () => {
  const folder = ownFolder()
  const [config, data, tokenFile] = ['vedette.yml', 'data', 'token'].map((name) =>
    join(folder, name),
  )
  if (config === undefined || data === undefined || tokenFile === undefined)
    throw new Error('no names')
  writeFileSync(config, REQUIRED)
  const server = own(await startServer({ configPath: config, dataDir: data }))
  const create = async (...args: readonly string[]): Promise<string> => {
    const { out, err, code } = await runVedette('token', 'create', ...args, '--data', data)
    expect(code, err).toBe(0)
    return out.trim()
  }
  const reader = await create('reader', '--scope', 'metrics:read')
  writeFileSync(tokenFile, 'vdt_wrong')
  const agentConfig = join(folder, 'agent-config')
  mkdirSync(agentConfig)
  writeFileSync(
    join(agentConfig, 'prometheus.yml'),
    "scrape_configs: [{job_name: node, scrape_interval: 1s, static_configs: [{targets: ['localhost:9100']}]}]\n",
  )
  const args = ['--token-file', tokenFile, '--hostname', 'web-1']
  const agent = await Agent.start({ folder, configPath: agentConfig, server: server.url(), args })
  await waitFor('the token to be refused', () =>
    agent.readLog().includes('does not know the token'),
  )
  const firstAtMs = Date.now()
  await sleep(3000)
  const told = agent.readLog().match(/does not know the token/g)
  expect(told).toHaveLength(1)
  expect(agent.readLog()).not.toContain('vdt_wrong')
  expect(await agent.metric('vedette_agent_queue_bytes')).toBeGreaterThan(1000)

  writeFileSync(tokenFile, await create('web-1', '--agent'))
  const ask = async (query: string): Promise<string> => {
    const parameters = new URLSearchParams({ query })
    const headers = { authorization: `Bearer ${reader}` }
    const answer = await fetch(`${server.url()}/api/v1/query?${parameters}`, { headers })
    expect(answer.status).toBe(200)
    return answer.text()
  }
  // What was scraped while the token was wrong.
  const found = await waitFor(
    'the first samples',
    async () => {
      const text = await ask('node_load1[10m]')
      return text.includes('"values"') && text
    },
    90_000,
  )
  expect(found).toContain('"instance":"web-1:9100"')
  const [, firstS = ''] = /"values":\[\[([\d.]+),/.exec(found) ?? []
  expect(Number(firstS) * 1000).toBeLessThan(firstAtMs + 1000)
  await waitFor('the agent to say so', () => agent.readLog().includes('sends again'))
  expect(await agent.metric('vedette_agent_dropped_total')).toBe(0)
  // A token of an agent reads nothing.
  const headers = { authorization: `Bearer ${readFileSync(tokenFile, 'utf8')}` }
  expect((await fetch(`${server.url()}/api/v1/query?query=up`, { headers })).status).toBe(403)
}, 900_000)
