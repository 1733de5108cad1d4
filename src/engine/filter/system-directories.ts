/** What an Essential backup leaves out (B2): directories of the operating system, each with everything below. */

export const linuxSystemDirectories = [
  '/bin',
  '/usr/bin',
  '/sbin',
  '/usr/sbin',
  '/boot',
  '/proc',
  '/sys',
  '/srv',
  '/lib',
  '/lib32',
  '/lib64',
  '/selinux',
  '/run',
  '/lost+found',
] as const
