#!/usr/bin/env bash
# Makes, in the folder $1, every kind of entry and of metadata that Linux knows, with tools that are not ours. As root.
set -eu
cd "$1"

# Sizes at the borders: inline content (256), the smallest chunk, a large file, a page, a megabyte.
for size in 0 1 255 256 257 4095 4096 4097 32767 32768 32769 65535 65536 65537 131072 1048575 1048576 1048577 9000001; do
  head -c "$size" /dev/urandom > "size $size"
done
mkdir many
(cd many && seq -f 'file %05g' 5000 | xargs touch && for i in 00001 02500 05000; do echo "$i" > "file $i"; done)
mkdir -p empty/also/empty deep/er/and/deeper
head -c 50000 /dev/urandom > deep/er/content

# Sparse: data at the ends and in the middle of holes, a hole alone, zeros that are written out.
truncate -s 32M holes
for at in 0 15 31; do head -c 10000 /dev/urandom | dd of=holes bs=1M seek="$at" conv=notrunc status=none; done
truncate -s 40M 'only a hole'
truncate -s 4097 'small hole'
head -c 300000 /dev/zero > 'zeros written out'
(head -c 70000 /dev/urandom; head -c 2000000 /dev/zero; echo end) > 'zeros within'

# Several names, also in other directories, also of what is no file.
ln deep/er/content deep/'second name'
ln deep/er/content 'third name'
ln 'size 1' empty/'another name of size 1'
ln 'size 9000001' empty/also/'another name of size 9000001'

ln -s deep/er/content link
ln -s /nowhere/at/all dangling
ln -s . 'link to itself' && ln -s 'link to a folder/..' 'link to a link' && ln -s deep 'link to a folder'
ln -s "$(printf '/\xff\xfe/\xc3')" 'link to bytes'
ln -s "$(printf 'x%.0s' {1..4000})" 'long link'
mkfifo fifo
/usr/bin/python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
mknod null c 1 3
mknod disk b 7 200
mknod 'large numbers' b 4095 1048575

# Names are bytes.
for name in $'new\nline' $'esc\e[31mred' $'bidi\u202etxt.exe' $'\xff\xfe\xfa' $'caf\xc3\xa9' $'cafe\xcc\x81' ' ' ' leading' \
  'trailing ' '-rf' '...' '\' '"quoted"' "'" '*' '__proto__' 'constructor' 'CON' 'C:' 'hex:6162' $'\x01' $'\x7f' $'a\tb'; do
  printf '%s' "$name" > "./$name"
  mkdir -p "./folders/$name" && echo within > "./folders/$name/within"
done
long=$(printf 'n%.0s' {1..255})
echo long > "$long"
mkdir "folders/$long" && echo within > "folders/$long/$long"
echo bytes > "$(printf '\xfb%.0s' {1..255})"

# Who and what may.
echo set > setuid && chmod 4751 setuid
echo set > setgid && chmod 2750 setgid
mkdir sticky && chmod 1777 sticky
mkdir 'set gid folder' && chmod 2775 'set gid folder'
mkdir 'closed folder' && echo within > 'closed folder/within' && chmod 0 'closed folder'
echo closed > 'closed file' && chmod 0 'closed file'
echo owned > 'without names' && chown 4000000000:4000000001 'without names'
echo owned > 'of nobody' && chown nobody:nogroup 'of nobody'
chown -h 1234:4321 dangling fifo null

# Extended attributes, ACLs, capabilities, inode flags.
echo attributes > attributes
setfattr -n user.text -v text attributes
setfattr -n user.binary -v 0x00ff0a0d22 attributes
setfattr -n user.empty attributes
setfattr -n user.long -v "$(printf 'v%.0s' {1..1500})" attributes
setfattr -n trusted.note -v trusted attributes
setfattr -n security.note -v label attributes
setfattr -n user.note -v folder deep
setfattr -h -n trusted.note -v link link
cp /bin/true capable && setcap cap_net_raw,cap_net_bind_service+ep capable
echo acl > acl && setfacl -m u:12345:rx,g:54321:r,m::rwx acl
mkdir 'default acl' && setfacl -m u:777:rwx -d -m u:778:rx,g:779:- 'default acl'
echo inherited > 'default acl/inherited'
echo flags > 'no dump' && chattr +d 'no dump'
echo flags > immutable && chattr +i immutable
echo flags > 'append only' && chattr +a 'append only'
mkdir 'immutable folder' && echo within > 'immutable folder/within'

# Times: nanoseconds, before 1970, after 2038; last, since everything above sets them.
touch -d '1969-12-31T23:59:59.999999999Z' 'size 0'
touch -d '1931-01-02T03:04:05.000000001Z' 'size 1' empty
touch -d '2400-02-29T12:00:00.123456789Z' 'size 255'
touch -d '1970-01-01T00:00:00Z' 'size 256'
touch -h -d '1999-12-31T23:59:59.000000500Z' link dangling
touch -d '2011-12-13T14:15:16.171819202Z' deep/er/and deep/er deep many fifo null disk
chattr +i 'immutable folder'
touch -d '2001-02-03T04:05:06.070809101Z' .
