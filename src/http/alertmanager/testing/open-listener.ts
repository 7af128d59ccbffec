import { START_MS, type Timeline } from '../../../alert/testing/alertmanager-timeline.ts'
import { Labels } from '../../../model/labels.ts'
import type { PromqlResult } from '../../../query/promql/engine.ts'
import { createLog } from '../../../self/log.ts'
import { createRegistry } from '../../../self/metrics.ts'
import { createAlertmanagerListener } from '../../alertmanager.ts'
import type { Listener } from '../../listener.ts'

const NOTHING: PromqlResult = {
  type: 'matrix',
  labels: [],
  offsets: new Uint32Array(1),
  timestampsMs: new Float64Array(0),
  values: new Float64Array(0),
  warnings: [],
  infos: [],
  stats: { evalTotalMs: 0, queueMs: 0, fetchMs: 0, samplesRead: 0, peakSamples: 0 },
}

/** The Alertmanager listener over the Alertmanager of a timeline. The caller closes it. */
export async function openListener(
  timeline: Timeline,
  uiUrl: () => string | undefined = () => undefined,
): Promise<{ readonly listener: Listener; readonly url: string }> {
  const listener = createAlertmanagerListener(
    {
      alertmanager: () => timeline.manager,
      versionInfo: () => ({
        version: '0.1.0',
        revision: '',
        branch: '',
        buildUser: '',
        buildDate: '',
        goVersion: '',
      }),
      startedMs: START_MS,
      uiUrl,
      explain: {
        groups: () => [],
        externalLabels: () => Labels.EMPTY,
        promql: { evaluate: () => Promise.resolve(NOTHING) },
      },
      reload: undefined,
      readiness: () => ({ ok: true, reason: '' }),
      selfMetrics: () => '',
      registry: createRegistry(),
      log: createLog({ write: () => undefined }),
      nowMs: () => timeline.clock.nowMs(),
    },
    { address: { host: '127.0.0.1', port: 0 }, access: {} },
  )
  return { listener, url: `http://127.0.0.1:${await listener.listen()}` }
}
