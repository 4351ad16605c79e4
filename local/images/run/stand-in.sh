#!/bin/sh
# Takes the place of programs that would change the system: says what was skipped, looks on the host for what it would
# have brought, and ends well. `npm` is here for one subcommand only: the cache is the user's own.
name=${0##*/}

say() { echo "lockstep: $*" >&2; }

without_stand_ins() {
  # The PATH without its first folder, which is the one of the stand-ins.
  PATH=${PATH#*:}
  export PATH
}

# Programs that a package brings, where they are not named as the package is.
programs_of() {
  case $1 in
    ca-certificates | openssl-dev | libssl-dev | libssl3 | libc6-compat | gcompat | libstdc++ | tzdata | procps | gnupg | lsb-release | apt-transport-https) ;;
    build-essential | build-base) echo "gcc g++ make" ;;
    postgresql-client*) echo psql ;;
    python3-dev) echo python3 ;;
    iputils-ping) echo ping ;;
    netcat* | ncat) echo nc ;;
    openssh-client*) echo ssh ;;
    xz-utils) echo xz ;;
    *) echo "${1%%=*}" ;;
  esac
}

look_for() {
  found='' missing=''
  for package in "$@"; do
    case $package in -* | *.deb | *.apk | .*) continue ;; esac
    for program in $(programs_of "$package"); do
      place=$(without_stand_ins; command -v "$program")
      case $program in dumb-init | tini | su-exec | gosu) place=${place:-'a stand-in when the task starts'} ;; esac
      if [ -n "$place" ]; then found="$found $program ($place)"; else missing="$missing $program"; fi
    done
  done
  [ -z "$found" ] || say "  on the host:$found"
  [ -z "$missing" ] || say "  not on the host:$missing"
}

case $name in
  npm)
    if [ "$1" = cache ]; then
      case $2 in clean | clear | rm)
        say "skipped \`npm $*\`: the cache is this machine's, and no part of the image"
        exit 0 ;;
      esac
    fi
    without_stand_ins
    exec npm "$@"
    ;;
  sudo | gosu | su-exec)
    # `sudo -E command` and `gosu user command`: everything here runs as the user who builds.
    while [ "${1#-}" != "$1" ]; do shift; done
    [ "$name" = sudo ] || shift
    exec "$@"
    ;;
  corepack)
    say "skipped \`corepack $*\`: use npm, or a package manager that package.json installs"
    ;;
  dpkg)
    # What a script asks, rather than changes, may be answered.
    case $1 in --print-architecture)
      case $(uname -m) in x86_64) echo amd64 ;; aarch64) echo arm64 ;; *) uname -m ;; esac
      exit 0 ;;
    esac
    say "skipped \`$name $*\`: needs a system of its own"
    ;;
  apt-get | apt | aptitude | apk | yum | dnf | microdnf | zypper)
    verb=''
    for word in "$@"; do
      case $word in -*) ;; install | add | update | upgrade | remove | purge | clean | autoremove | dist-upgrade | del | makecache) verb=$word; break ;; esac
    done
    case $verb in
      install | add)
        say "skipped \`$name $*\`: there is no system package manager in a plain process"
        seen=''
        for word in "$@"; do
          shift
          [ -z "$seen" ] || set -- "$@" "$word"
          [ "$word" != "$verb" ] || seen=1
        done
        look_for "$@"
        ;;
      *) say "skipped \`$name $*\`" ;;
    esac
    ;;
  *) say "skipped \`$name $*\`: the process runs as the user who builds" ;;
esac
exit 0
