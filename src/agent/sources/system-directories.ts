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

/** Directories of these names, at the root of a drive. */
export const windowsSystemDirectories = [
  'Windows',
  'python27',
  'Program Files (x86)',
  'Program Files',
  'ProgramData',
  'Boot',
  '$RECYCLE.BIN',
  'System Volume Information',
] as const

/** Files, from the root of a drive. */
export const windowsSystemFiles = [
  'Users\\Administrator\\NTUSER.DAT',
  'pagefile.sys',
  'Users\\Administrator\\ntuser.dat.LOG1',
] as const
