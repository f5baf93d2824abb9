import type { FieldSpec, FieldType } from '../../src/detect/formats/format.ts';
import { eventTypes, numericArguments, otherArguments } from './syscall-events.ts';

/**
 * The fields that Falco 0.44.1 has for system calls without further plugins (`falco --list=syscall`), without those that
 * every source has, and with those that it takes with a warning and does not list. Its signed and shorter numbers and its
 * fractions are `uint64` here: rules that name such fields are compiled, never run.
 */
export const syscallFields: readonly FieldSpec[] = [
  ...rows('string', 'evt.dir evt.latency.human'),
  ...rows('bytebuf', 'evt.buffer'),
  ...rows('reltime', 'evt.latency evt.latency.s evt.latency.ns'),
  ...rows(
    'abstime',
    `
    proc.exe_ino.ctime proc.exe_ino.mtime proc.exe_ino.ctime_duration_proc_start
    proc.exe_ino.ctime_duration_pidns_start`,
  ),
  ...rows(
    'bool',
    `
    evt.failed evt.is_io evt.is_io_read evt.is_io_write evt.is_wait evt.is_syslog evt.is_open_read evt.is_open_write
    evt.is_open_exec evt.is_open_create proc.is_exe_writable proc.is_exe_upper_layer proc.is_exe_lower_layer
    proc.is_exe_from_memfd proc.is_sid_leader proc.is_vpgid_leader proc.is_pgid_leader thread.ismain fd.is_server
    fd.connected fd.name_changed fd.is_upper_layer fd.is_lower_layer`,
  ),
  ...rows(
    'ipaddr',
    `
    fd.ip fd.cip fd.sip fd.lip fd.rip`,
  ),
  ...rows(
    'ipnet',
    `
    fd.net fd.cnet fd.snet fd.lnet fd.rnet`,
  ),
  ...rows(
    'reltime',
    `
    evt.deltatime evt.deltatime.s evt.deltatime.ns proc.duration proc.ppid.duration proc.pid.ts proc.ppid.ts
    thread.exectime thread.totexectime`,
  ),
  ...rows(
    'string',
    `
    syscall.type evt.category evt.args evt.info evt.res evt.io_dir proc.exe proc.pexe proc.exepath
    proc.pexepath proc.name proc.pname proc.cmdline proc.pcmdline proc.exeline proc.cwd proc.sname proc.sid.exe
    proc.sid.exepath proc.vpgid.name proc.vpgid.exe proc.vpgid.exepath proc.pgid.name proc.pgid.exe proc.pgid.exepath
    thread.cap_permitted thread.cap_inheritable thread.cap_effective thread.cgroups proc.stdin.type proc.stdout.type
    proc.stderr.type proc.stdin.name proc.stdout.name proc.stderr.name user.name user.homedir user.shell
    user.loginname group.name fd.type fd.typechar fd.name fd.directory fd.filename fd.l4proto fd.sockfamily fd.uid
    fd.containername fd.containerdirectory fd.cproto fd.sproto fd.lproto fd.rproto fd.cip.name fd.sip.name fd.lip.name
    fd.rip.name fd.nameraw fs.path.name fs.path.nameraw fs.path.source fs.path.sourceraw fs.path.target
    fs.path.targetraw fdlist.nums fdlist.names fdlist.cips fdlist.sips fdlist.cports fdlist.sports`,
  ),
  ...rows(
    'string',
    `
    proc.aexe proc.aexepath proc.aname proc.args proc.aargs proc.acmdline proc.env proc.aenv`,
    { required: false, index: true, key: true },
  ),
  ...rows(
    'string',
    `
    thread.cgroup`,
    { required: true, index: true, key: true },
  ),
  { name: 'evt.type', type: 'string', about: 'evt.type', values: { noun: 'event type', known: eventTypes } },
  ...rows('string', 'evt.arg', { required: true, index: true, key: false }),
  ...rows('string', [...numericArguments, ...otherArguments].map((name) => `evt.arg.${name}`).join(' ')),
  ...rows('uint64', numericArguments.map((name) => `evt.rawarg.${name}`).join(' ')),
  ...rows('string', otherArguments.map((name) => `evt.rawarg.${name}`).join(' ')),
  ...rows('string', 'evt.abspath evt.abspath.src evt.abspath.dst'),
  ...rows(
    'string',
    `
    fd.types`,
    { required: false, index: true, key: true },
    true,
  ),
  ...rows(
    'uint64',
    `
    evt.cpu evt.buflen evt.rawres evt.count evt.count.error evt.count.error.file evt.count.error.net
    evt.count.error.memory evt.count.error.other evt.count.exit proc.cmdnargs proc.cmdlenargs proc.loginshellid
    proc.tty proc.pid proc.ppid proc.vpid proc.pvpid proc.sid proc.vpgid proc.pgid proc.exe_ino
    proc.pidns_init_start_ts proc.fdopencount proc.fdlimit proc.fdusage proc.vmsize proc.vmrss proc.vmswap
    thread.pfmajor thread.pfminor thread.tid thread.vtid proc.nthreads proc.nchilds thread.cpu thread.cpu.user
    thread.cpu.system thread.vmsize thread.vmrss user.uid user.loginuid group.gid fd.num fd.port fd.cport fd.sport
    fd.lport fd.rport fd.proto fd.dev fd.dev.major fd.dev.minor fd.ino`,
  ),
  ...rows(
    'uint64',
    `
    proc.apid`,
    { required: false, index: true, key: true },
  ),
  ...rows(
    'uint64',
    `
    evt.type.is evt.around`,
    { required: true, index: true, key: true },
  ),
];

function rows(type: FieldType, names: string, arg?: FieldSpec['arg'], list = false): readonly FieldSpec[] {
  return names
    .trim()
    .split(/\s+/)
    .map((name) => ({ name, type, list, about: name, ...(arg && { arg }) }));
}
