import { execFile } from 'node:child_process'
import { isIPv4 } from 'node:net'
import { chooseAddress } from './choose-address.ts'
import type { IcmpProbe } from './icmp-module.ts'
import { secondsSince } from './probe-report.ts'
import type { ProbeEnv } from './prober.ts'

const DURATION = 'probe_icmp_duration_seconds'

/** Sends one echo request by the system's `ping`, which may do so where this program may not. */
export async function probeIcmp(target: string, probe: IcmpProbe, env: ProbeEnv): Promise<boolean> {
  const { report } = env
  for (const phase of ['resolve', 'setup', 'rtt']) report.set(DURATION, 0, 'phase', phase)
  const host = target.replace(/^\[|\]$/g, '')
  const { address, lookupSeconds } = await chooseAddress(host, probe.choice, env)
  if (address === undefined) return false
  report.set(DURATION, lookupSeconds, 'phase', 'resolve')
  const startMs = performance.now()
  const { output, fault } = await runPing(argumentsOf(address, probe), env)
  const spentSeconds = secondsSince(startMs)
  const reply = readReply(output)
  if (reply === undefined) return report.fail(fault)
  report.set(DURATION, reply.rttSeconds, 'phase', 'rtt')
  report.set(DURATION, Math.max(0, spentSeconds - reply.rttSeconds), 'phase', 'setup')
  if (reply.hopLimit !== undefined) report.set('probe_icmp_reply_hop_limit', reply.hopLimit)
  return true
}

/** The words of iputils and of BusyBox alike, but for those that only who asks for more needs. */
function argumentsOf(address: string, probe: IcmpProbe): readonly string[] {
  return [
    ...[isIPv4(address) ? '-4' : '-6', '-n', '-c', '1'],
    ...['-s', String(probe.payloadSizeBytes), '-t', String(probe.ttl)],
    ...(probe.dontFragment ? ['-M', 'do'] : []),
    ...(probe.sourceIp === undefined ? [] : ['-I', probe.sourceIp]),
    address,
  ]
}

/** Never rejects. */
function runPing(
  words: readonly string[],
  { pingProgram, signal }: ProbeEnv,
): Promise<{ readonly output: string; readonly fault: string }> {
  return new Promise((resolve) => {
    const options = {
      signal,
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
      maxBuffer: 64 * 1024,
    }
    execFile(pingProgram, [...words], options, (error, stdout, stderr) => {
      resolve({ output: stdout, fault: reasonOf(error, stderr) })
    })
  })
}

function reasonOf(error: Error | null, stderr: string): string {
  const code = error !== null && 'code' in error ? error.code : undefined
  if (code === 'ENOENT')
    return 'ICMP needs the program ping, which is not installed here (package iputils-ping)'
  if (code === 'ABORT_ERR') return 'no echo reply in time'
  const [line = ''] = stderr.trim().split('\n')
  return line === '' ? 'no echo reply' : `ping: ${line.replace(/^ping: /, '')}`
}

/** `64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.034 ms`; undefined where no reply is told. */
function readReply(
  output: string,
): { readonly rttSeconds: number; readonly hopLimit: number | undefined } | undefined {
  const line = output.split('\n').find((each) => /\bbytes from\b/.test(each)) ?? ''
  const time = /\btime[=<]([0-9.]+) ?ms/.exec(line)?.[1]
  if (time === undefined) return undefined
  const limit = /\b(?:ttl|hlim)=(\d+)/.exec(line)?.[1]
  return {
    rttSeconds: Number(time) / 1000,
    hopLimit: limit === undefined ? undefined : Number(limit),
  }
}
