import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import tls from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../self/log.ts'
import { createRegistry } from '../../self/metrics.ts'
import { startSyslogReceiver } from './receiver.ts'
import { DEFAULT_SYSLOG_SETTINGS } from './settings.ts'

const hasOpenssl = findOpenssl()
const folder = mkdtempSync(path.join(tmpdir(), 'vedette-syslog-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function findOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' })
    return true
  } catch {
    console.log('notice: there is no openssl, so syslog over TLS is not tested')
    return false
  }
}

describe.runIf(hasOpenssl)('syslog over TLS', () => {
  const certFile = path.join(folder, 'a.crt')
  const keyFile = path.join(folder, 'a.key')
  beforeAll(() => {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
        ...['-days', '2', '-subj', '/CN=a', '-addext', 'subjectAltName=IP:127.0.0.1'],
        ...['-keyout', keyFile, '-out', certFile],
      ],
      { stdio: 'pipe' },
    )
  })

  for (const clientCaFile of [undefined, certFile]) {
    const whom = clientCaFile === undefined ? 'everybody' : 'who shows a certificate'
    it(`takes messages of ${whom}`, async () => {
      const lines: string[] = []
      let look = (): void => undefined
      const receiver = await startSyslogReceiver(
        {
          ...DEFAULT_SYSLOG_SETTINGS,
          tls: { certFile, keyFile, ...(clientCaFile === undefined ? {} : { clientCaFile }) },
        },
        {
          sink: {
            emit: (_labels, _timestampNs, line) => {
              lines.push(new TextDecoder().decode(line))
              look()
            },
            hasRoom: true,
            room: () => Promise.resolve(),
          },
          log: silentLog(),
          registry: createRegistry(),
        },
      )
      const place = { host: '127.0.0.1', port: receiver.port, ca: readFileSync(certFile) }
      const own = { cert: readFileSync(certFile), key: readFileSync(keyFile) }
      if (clientCaFile !== undefined) {
        const refused = tls.connect(place)
        await new Promise<void>((resolve) => {
          refused.on('error', () => undefined)
          refused.once('close', () => resolve())
        })
      }
      const socket = tls.connect({ ...place, ...own })
      const arrived = new Promise<void>((resolve) => (look = resolve))
      socket.write('<13>1 - - app - - - hello\n')
      await arrived
      expect(lines).toEqual(['hello'])
      socket.destroy()
      await receiver.stop()
    })
  }

  it('says which file is missing', async () => {
    const settings = { ...DEFAULT_SYSLOG_SETTINGS, tls: { certFile: `${folder}/none`, keyFile } }
    const sink = { emit: () => undefined, hasRoom: true, room: () => Promise.resolve() }
    const parts = { sink, log: silentLog(), registry: createRegistry() }
    await expect(startSyslogReceiver(settings, parts)).rejects.toThrow('none')
  })
})
