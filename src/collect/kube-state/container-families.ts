import type { JsonObject } from '../discovery/json-value.ts'
import { listAt, numberAt, secondsAt, textAt, toObject } from './object-fields.ts'
import { emitResources } from './resource-samples.ts'
import { gauge, isIn, type Emit, type StateFamily } from './state-family.ts'

/** Makes a metric of the status of each container. */
type OfStatus = (
  suffix: string,
  help: string,
  read: (status: unknown, emit: Emit) => void,
) => StateFamily

/**
 * The metrics of the containers of a pod, under `prefix`: `kube_pod_container` and `kube_pod_init_container` have the same ones.
 * `specs` and `statuses` are the fields of the pod that hold them.
 */
export function containerFamilies(
  prefix: string,
  specs: 'containers' | 'initContainers',
  statuses: 'containerStatuses' | 'initContainerStatuses',
): readonly StateFamily[] {
  const ofStatus: OfStatus = (suffix, help, read) =>
    gauge(`${prefix}_${suffix}`, help, (pod, emit) => {
      for (const status of listAt(pod, 'status', statuses)) {
        const container = textAt(status, 'name')
        read(status, (value, ...labels) => emit(value, 'container', container, ...labels))
      }
    })
  const state = (name: 'waiting' | 'running' | 'terminated'): StateFamily =>
    ofStatus(`status_${name}`, `Whether it is ${name}.`, (status, emit) =>
      emit(isIn(status, name) ? 1 : 0),
    )
  const reason = (name: 'waiting' | 'terminated', help: string): StateFamily =>
    ofStatus(`status_${name}_reason`, help, (status, emit) => {
      if (isIn(status, name)) emit(1, 'reason', textAt(status, 'state', name, 'reason'))
    })
  return [
    containerInfo(prefix, specs, statuses),
    state('waiting'),
    reason('waiting', 'Why it waits.'),
    state('running'),
    ofStatus('state_started', 'When it started, in Unix time.', (status, emit) => {
      const name = isIn(status, 'running') ? 'running' : 'terminated'
      const startedAt = secondsAt(status, 'state', name, 'startedAt')
      if (startedAt !== undefined) emit(startedAt)
    }),
    state('terminated'),
    reason('terminated', 'Why it ended.'),
    ...lastEnd(ofStatus),
    ofStatus('status_ready', 'Whether it passes its readiness check.', (status, emit) =>
      emit(toObject(status)?.['ready'] === true ? 1 : 0),
    ),
    {
      ...ofStatus('status_restarts_total', 'How often it was started again.', (status, emit) =>
        emit(numberAt(status, 'restartCount') ?? 0),
      ),
      type: 'counter',
    },
    resources(prefix, specs, 'requests', 'What it is given at least.'),
    resources(prefix, specs, 'limits', 'What it may take at most.'),
  ]
}

function containerInfo(prefix: string, specs: string, statuses: string): StateFamily {
  const isInit = specs === 'initContainers'
  return gauge(`${prefix}_info`, 'What it runs.', (pod, emit) => {
    const known = listAt(pod, 'status', statuses)
    for (const spec of listAt(pod, 'spec', specs)) {
      const name = textAt(spec, 'name')
      const status = known.find((one) => textAt(one, 'name') === name)
      if (status === undefined) continue
      emit(
        1,
        ...['container', name, 'image_spec', textAt(spec, 'image')],
        ...['image', textAt(status, 'image'), 'image_id', textAt(status, 'imageID')],
        ...['container_id', textAt(status, 'containerID')],
        ...(isInit ? ['restart_policy', textAt(spec, 'restartPolicy')] : []),
      )
    }
  })
}

function resources(
  prefix: string,
  specs: string,
  kind: 'requests' | 'limits',
  help: string,
): StateFamily {
  return gauge(`${prefix}_resource_${kind}`, help, (pod, emit) => {
    const node = textAt(pod, 'spec', 'nodeName')
    for (const spec of listAt(pod, 'spec', specs))
      emitResources(
        ...([spec, ['resources', kind], emit] as const),
        ...['container', textAt(spec, 'name'), 'node', node],
      )
  })
}

/** How it ended the last time before it was started again. */
function lastEnd(ofStatus: OfStatus): readonly StateFamily[] {
  const help = 'it ended the last time'
  const at = (status: unknown): JsonObject | undefined =>
    toObject(toObject(toObject(status)?.['lastState'])?.['terminated'])
  return [
    ofStatus('status_last_terminated_reason', `Why ${help}.`, (status, emit) => {
      const ended = at(status)
      if (ended !== undefined) emit(1, 'reason', textAt(ended, 'reason'))
    }),
    ofStatus('status_last_terminated_exitcode', `How ${help}.`, (status, emit) => {
      const code = numberAt(at(status), 'exitCode')
      if (code !== undefined) emit(code)
    }),
    ofStatus('status_last_terminated_timestamp', `When ${help}, in Unix time.`, (status, emit) => {
      const finishedAt = secondsAt(at(status), 'finishedAt')
      if (finishedAt !== undefined) emit(finishedAt)
    }),
  ]
}
