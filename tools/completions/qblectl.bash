# SPDX-License-Identifier: MIT
# Completion of qblectl for bash.

_qblectl() {
    local verbs="status scan connect disconnect tree read write notify serve advertise monitor
        events capture call log-level"
    local options="--json --timeout= --no-legend --help --version" word verb="" arguments=0 i
    local current="${COMP_WORDS[COMP_CWORD]}"

    for ((i = 1; i < COMP_CWORD; i++)); do
        word="${COMP_WORDS[i]}"
        case "$word" in
        -* | =) ;;
        *)
            if [ "${COMP_WORDS[i - 1]}" = = ]; then
                continue
            elif [ -z "$verb" ]; then
                verb="$word"
            else
                arguments=$((arguments + 1))
            fi
            ;;
        esac
    done
    case "$verb" in
    scan) options+=" --count= --duplicates" ;;
    connect | read) options+=" --public --random" ;;
    tree) options+=" --public --random --values" ;;
    write) options+=" --public --random --no-response" ;;
    notify) options+=" --public --random --count=" ;;
    advertise) options+=" --name= --service= --data= --interval=" ;;
    monitor) options+=" --count=" ;;
    events) options+=" --since= --count=" ;;
    esac

    COMPREPLY=()
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
        [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null
        return 0
    fi
    case "$verb:$arguments" in
    :0) mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$current") ;;
    serve:0 | capture:0) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    log-level:0)
        mapfile -t COMPREPLY < <(compgen -W "emerg alert crit err warning notice info debug" -- \
            "$current")
        ;;
    call:0)
        mapfile -t COMPREPLY < <(compgen -W "$(qblectl call 2>/dev/null | cut -d' ' -f1)" -- \
            "$current")
        ;;
    connect:0 | disconnect:0 | tree:0 | read:0 | write:0 | notify:0)
        mapfile -t COMPREPLY < <(compgen -W "$(qblectl --json status 2>/dev/null |
            grep -o '"connect_id":[0-9]*' | cut -d: -f2)" -- "$current")
        ;;
    esac
    return 0
}

complete -F _qblectl qblectl
