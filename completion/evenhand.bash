# bash completion for evenhand
_evenhand() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local common='--jobs --quiet --max-depth --max-entries --max-bytes --max-content --help'

	case $before in
	--only) mapfile -t COMPREPLY < <(compgen -W 'fail review not-evaluable pass not-applicable' -- "$word"); return ;;
	--fail-on) mapfile -t COMPREPLY < <(compgen -W 'fail review never' -- "$word"); return ;;
	--accept) mapfile -t COMPREPLY < <(compgen -W 'timestamp mtime build-id order compression container padding signature certificate' -- "$word"); return ;;
	--color) mapfile -t COMPREPLY < <(compgen -W 'always never' -- "$word"); return ;;
	--kind) mapfile -t COMPREPLY < <(compgen -W 'evaluation comparison declaration release claim response revocation' -- "$word"); return ;;
	--type) mapfile -t COMPREPLY < <(compgen -W 'p256 ed25519' -- "$word"); return ;;
	--knowledge) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
	--catalogue) mapfile -t COMPREPLY < <(compgen -W '33.117 EN CRA TR N8425 8259A ISVS PSTI CWE' -- "$word"); return ;;
	esac
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W 'scan judge declare tree extract compare lineage prove disclose disagree key sign log witness policy verify formats checks knowledge version --help' -- "$word")
	elif [[ $word == -* ]]; then
		case ${COMP_WORDS[1]} in
		scan) common="$common -o --only --recipes --reveal --as-of --declaration --trust --feed --vex --knowledge --fail-on --color" ;;
		judge) common='-o --only --recipes --as-of --declaration --feed --vex --knowledge --fail-on --jobs --color --help' ;;
		tree) common="$common --all --explain --color" ;;
		extract) common="$common --all -o --owner" ;;
		compare) common="$common -o --against --accept --latest --verdicts --as-of --color" ;;
		lineage) common="$common -o --by-version --all --knowledge --color" ;;
		prove) common='-o --fact --node --verdict --member --check --root --help' ;;
		disclose) common='-o --salt-key --fact --node --verdict --member --help' ;;
		disagree) common='-o --reply --help' ;;
		knowledge) common='--knowledge -o --quiet --help' ;;
		declare) common="$common --knowledge" ;;
		key) common='--type --passphrase --help' ;;
		sign) common='-o --key --passphrase --kind --declaration --feed --vex --publish --reveal --image --vendor --product --release --text --evidence --knowledge --help' ;;
		log) common='--origin --key --passphrase --admission --guard --policy --state --fork --subject --signer --vendor --component --age --help' ;;
		witness) common='--name --key --passphrase --listen --rate --connections -o --help' ;;
		policy) common='--rules --admission --help' ;;
		verify) common='--bundle --policy --rules --at --envelope --key --color --help' ;;
		version) common='--knowledge --help' ;;
		checks) common='--catalogue --why-neutral --knowledge --help' ;;
		*) common=--help ;;
		esac
		mapfile -t COMPREPLY < <(compgen -W "$common" -- "$word")
	elif [ "$COMP_CWORD" -eq 2 ] && [ "${COMP_WORDS[1]}" = knowledge ]; then
		COMPREPLY=(import)
	elif [ "$COMP_CWORD" -eq 2 ] && [ "${COMP_WORDS[1]}" = log ]; then
		mapfile -t COMPREPLY < <(compgen -W 'init add watch fork mirror' -- "$word")
	elif [ "$COMP_CWORD" -eq 2 ] && [ "${COMP_WORDS[1]}" = policy ]; then
		COMPREPLY=(check)
	elif [ "$COMP_CWORD" -eq 2 ] && [ "${COMP_WORDS[1]}" = witness ]; then
		mapfile -t COMPREPLY < <(compgen -W 'init add show serve sign' -- "$word")
	elif [ "$COMP_CWORD" -eq 2 ] && [ "${COMP_WORDS[1]}" = key ]; then
		mapfile -t COMPREPLY < <(compgen -W 'new show' -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
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
