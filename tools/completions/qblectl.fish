# SPDX-License-Identifier: MIT
# Completion of qblectl for fish.

set -l verbs status scan connect disconnect tree read write notify serve advertise monitor events \
    capture call log-level

complete -c qblectl -f
complete -c qblectl -l json -d 'One JSON object a line'
complete -c qblectl -l timeout -x -d 'How long at most, in seconds'
complete -c qblectl -l no-legend -d 'No headings'
complete -c qblectl -l help -d 'How it is used'
complete -c qblectl -l version -d 'The version'

set -l none "not __fish_seen_subcommand_from $verbs"
complete -c qblectl -n $none -a status -d 'The daemon, its controller and its links'
complete -c qblectl -n $none -a scan -d 'Who advertises near here'
complete -c qblectl -n $none -a connect -d 'Connect, and stay connected'
complete -c qblectl -n $none -a disconnect -d 'End a link'
complete -c qblectl -n $none -a tree -d 'Services, characteristics and descriptors'
complete -c qblectl -n $none -a read -d 'Read a value'
complete -c qblectl -n $none -a write -d 'Write a value'
complete -c qblectl -n $none -a notify -d 'Subscribe, and print what comes'
complete -c qblectl -n $none -a serve -d 'Be the GATT server that a file describes'
complete -c qblectl -n $none -a advertise -d 'Advertise, connectable'
complete -c qblectl -n $none -a monitor -d 'Follow the events'
complete -c qblectl -n $none -a events -d 'The events that the daemon remembers'
complete -c qblectl -n $none -a capture -d 'Copy all HCI packets'
complete -c qblectl -n $none -a call -d 'Make one call by its name'
complete -c qblectl -n $none -a log-level -d 'Show or set how much the daemon logs'

set -l seen __fish_seen_subcommand_from
complete -c qblectl -n "$seen scan notify monitor events" -l count -x -d 'End after so many'
complete -c qblectl -n "$seen connect tree read write notify" -l public -d 'A public address'
complete -c qblectl -n "$seen connect tree read write notify" -l random -d 'A random address'
complete -c qblectl -n "$seen tree" -l values -d 'Read the values too'
complete -c qblectl -n "$seen scan" -l duplicates -d 'Every packet'
complete -c qblectl -n "$seen write" -l no-response -d 'Without an answer'
complete -c qblectl -n "$seen events" -l since -x -d 'From this number on'
complete -c qblectl -n "$seen advertise" -l name -x -d 'The name'
complete -c qblectl -n "$seen advertise" -l service -x -d 'A service, by UUID or name'
complete -c qblectl -n "$seen advertise" -l data -x -d 'Octets in hex'
complete -c qblectl -n "$seen advertise" -l interval -x -d 'Milliseconds'
complete -c qblectl -n "$seen serve capture" -F
complete -c qblectl -n "$seen log-level" -a 'emerg alert crit err warning notice info debug'
complete -c qblectl -n "$seen call" -a "(qblectl call 2>/dev/null | string split -f1 ' ')"
complete -c qblectl -n "$seen connect disconnect tree read write notify" \
    -a "(qblectl --json status 2>/dev/null | string match -ra '(?<=\"connect_id\":)\\d+')"
