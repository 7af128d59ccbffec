import { Problem } from '../../model/problem.ts'

/** How the program is started, and as whom. All paths are absolute. */
export interface UnitSettings {
  readonly description: string
  readonly user: string
  /** Groups of that machine whose members may read its logs and its journal. */
  readonly groups: readonly string[]
  /** Node with its flags, the program, the verb and what follows; docs/operating.md, "Memory", says what stands in their environment. */
  readonly command: readonly string[]
  readonly dataFolder: string
}

/**
 * The systemd unit (systemd.exec(5), systemd.service(5)).
 *
 * What would give the service mounts of its own is left out (`ProtectSystem`, `ProtectHome`, `PrivateTmp`,
 * `ProtectKernelModules`): they would be seen as file systems of the host, which is watched from inside. The user has no
 * rights to write there anyway. `ProtectClock` would forbid reading the state of the clock.
 */
export function writeUnit(settings: UnitSettings): string {
  const { description, user, groups, command, dataFolder } = settings
  return `[Unit]
Description=${description}
After=network-online.target nss-lookup.target
Wants=network-online.target

[Service]
Type=exec
User=${user}
Group=${user}
${groups.length === 0 ? '' : `SupplementaryGroups=${groups.join(' ')}\n`}WorkingDirectory=${escapeSpecifiers(dataFolder)}
Environment=MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=32768 MALLOC_TRIM_THRESHOLD_=524288
ExecStart=${command.map(quote).join(' ')}
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=2s
# The server ends its engine itself, in order.
KillMode=mixed
TimeoutStopSec=30s
# An engine that the kernel has killed is started again by the server.
OOMPolicy=continue
LimitNOFILE=65536
UMask=0077

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
LockPersonality=yes
PrivateDevices=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelTunables=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service adjtimex clock_adjtime pkey_alloc
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`
}

/** A word of a command line in a unit (systemd.service(5), "Command lines"): specifiers, variables and quotes mean themselves. */
function quote(word: string): string {
  const text = escapeSpecifiers(word).replaceAll('$', '$$$$')
  if (/^[\w@%+=:,./$-]+$/.test(text)) return text
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

function escapeSpecifiers(text: string): string {
  if (/\p{Cc}/u.test(text)) {
    throw new Problem(
      'bad_data',
      `a path in a unit cannot hold control characters: ${JSON.stringify(text)}`,
    )
  }
  return text.replaceAll('%', '%%')
}
