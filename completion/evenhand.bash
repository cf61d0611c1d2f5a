# bash completion for evenhand
# A command's options are those that its --help lists.
_evenhand() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words name
	local -A groups=(
		[key]='new show line'
		[log]='init add close serve find bundle trusted-root check index request cosign push watch mirror fork'
		[witness]='init add serve show sign'
		[policy]='check'
		[knowledge]='import'
	)

	case $before in
	--only) mapfile -t COMPREPLY < <(compgen -W 'fail review not-evaluable pass not-applicable' -- "$word"); return ;;
	--fail-on) mapfile -t COMPREPLY < <(compgen -W 'fail review never' -- "$word"); return ;;
	--accept) mapfile -t COMPREPLY < <(compgen -W 'timestamp mtime build-id order compression container padding signature certificate' -- "$word"); return ;;
	--color) mapfile -t COMPREPLY < <(compgen -W 'always never' -- "$word"); return ;;
	--kind) mapfile -t COMPREPLY < <(compgen -W 'evaluation comparison declaration release claim response revocation' -- "$word"); return ;;
	--role) mapfile -t COMPREPLY < <(compgen -W 'vendor operator lab government users' -- "$word"); return ;;
	--type) mapfile -t COMPREPLY < <(compgen -W 'p256 ed25519' -- "$word"); return ;;
	--knowledge) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
	--catalogue) mapfile -t COMPREPLY < <(compgen -W '33.117 EN CRA TR N8425 8259A ISVS PSTI CWE' -- "$word"); return ;;
	esac
	if [ "$COMP_CWORD" -eq 1 ]; then
		words='scan judge declare tree extract compare lineage prove disclose disagree key sign log witness verify policy formats checks knowledge version --help'
	elif [[ $word == -* ]]; then
		name=("${COMP_WORDS[1]}")
		[ "$COMP_CWORD" -gt 2 ] && [[ " ${groups[${name[0]}]} " == *" ${COMP_WORDS[2]} "* ]] && name+=("${COMP_WORDS[2]}")
		words="$("${COMP_WORDS[0]}" "${name[@]}" --help 2>/dev/null | sed -n 's/^  \(-[-a-z]*\) .*/\1/p') --help"
	elif [ "$COMP_CWORD" -eq 2 ] && [ -n "${groups[${COMP_WORDS[1]}]}" ]; then
		words=${groups[${COMP_WORDS[1]}]}
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _evenhand -o filenames evenhand

_evenhand_verify() {
	local word=${COMP_WORDS[COMP_CWORD]}

	if [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '--bundle --policy --rules --at --help --version' -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}
complete -F _evenhand_verify -o filenames evenhand-verify
