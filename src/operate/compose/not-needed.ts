import type { ComposeService } from './compose-service.ts'
import type { Draft } from './draft.ts'
import { reasonOf, type Meaningless } from './leave-out.ts'

/** Keys of a service that say how a container is run, and why nothing is made of them. */
const REASONS: Meaningless = [
  ['restart', 'the service of systemd starts it again (vedette install)'],
  ['healthcheck', 'vedette health, and /-/ready on the port of Prometheus'],
  ['depends_on', 'it is one program'],
  ['links', 'it is one program'],
  ['external_links', 'it is one program'],
  ['networks', 'it is one program on this host'],
  ['expose', 'nothing is asked over a network of containers'],
  ['network_mode', 'it is one program on this host'],
  ['net', 'it is one program on this host'],
  ['dns', 'names are looked up as on this host'],
  ['dns_search', 'names are looked up as on this host'],
  ['extra_hosts', 'write these names into /etc/hosts, or into addresses'],
  ['user', 'vedette install makes an account without rights'],
  ['group_add', 'docs/operating.md says which groups the service needs'],
  ['privileged', 'no rights are needed; docs/operating.md says what needs some'],
  ['cap_', 'no rights are needed; docs/operating.md says what needs some'],
  ['devices', 'the devices of this host are seen directly'],
  ['pid', 'the processes of this host are seen directly'],
  ['ipc', 'it is one program on this host'],
  ['userns_mode', 'it is one program on this host'],
  ['security_opt', 'the service of systemd is hardened by itself'],
  ['read_only', 'it writes nowhere but into its data directory'],
  ['tmpfs', 'it writes nowhere but into its data directory'],
  ['shm_size', 'no shared memory is used'],
  ['ulimits', 'the service of systemd has its own'],
  ['sysctls', 'those of this host hold'],
  ['logging', 'its log goes to the journal: --log.level and --log.format'],
  ['stop_', 'it ends within ten seconds of SIGTERM'],
  ['init', 'it ends its own children'],
  ['tty', 'it needs no terminal'],
  ['stdin_open', 'it needs no terminal'],
  ['working_dir', 'paths start from the folder of vedette.yml'],
  ['platform', 'it runs where Node does'],
  ['pull_policy', 'there is no image'],
  ['cpu', 'it needs little; CPUQuota of systemd bounds it'],
  ['mem', 'memory.budget bounds the whole program'],
  ['oom_', 'memory.budget bounds the whole program'],
  ['annotations', 'nobody reads them'],
  ['deploy', 'it is one process on this host, which memory.budget bounds'],
]

/** Notes what of a replaced service has no meaning here, one line a reason. Extensions (`x-…`) mean nothing to compose either. */
export function tellNotNeeded(draft: Draft, service: ComposeService): void {
  const byReason = new Map<string, { readonly names: string[]; readonly place: string }>()
  for (const { text, place } of service.others) {
    if (text.startsWith('x-')) continue
    const reason = reasonOf(text, REASONS) ?? reasonOf(`${text}_`, REASONS) ?? ''
    const found = byReason.get(reason)
    if (found === undefined) byReason.set(reason, { names: [text], place })
    else if (!found.names.includes(text)) found.names.push(text)
  }
  for (const [reason, { names, place }] of byReason) {
    const subject = { name: service.name, place }
    const why = reason === '' ? 'it is not known here' : `not needed: ${reason}`
    draft.note(subject, 'left out', `${names.join(', ')}: ${why}`)
  }
  tellLabels(draft, service)
  if (service.isOnHostNetwork && service.ports.length === 0) {
    draft.note(service, 'changed', 'it was open on every address of the host; here on 127.0.0.1')
  }
}

/** Labels by which Traefik led people to a container. */
const ROUTER = /^traefik\.(?:http|tcp)\.routers\.([\w-]+)\.rule$/

function tellLabels(draft: Draft, service: ComposeService): void {
  const first = [...service.labels].find(([name]) => ROUTER.test(name))
  if (first !== undefined) {
    const [name, { text, place }] = first
    draft.note(
      { name: service.name, place },
      'to do',
      `${name}=${text}: Traefik led there by labels of this container; deploy/proxy/traefik.yml shows how it is told by a file`,
    )
    return
  }
  const [other] = service.labels.values()
  if (other === undefined) return
  draft.note(
    { name: service.name, place: other.place },
    'left out',
    'labels: not needed: there is no container',
  )
}
