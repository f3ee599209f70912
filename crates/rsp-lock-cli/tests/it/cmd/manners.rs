use std::process::Stdio;

use insta::assert_snapshot;

use crate::support::{REQUEST, Sandbox, WORLD};

#[test]
fn help_fits_and_names_every_verb() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["--help"]);
    assert_snapshot!(ran.all());
    for verb in ["solve", "verify", "derive", "export"] {
        let ran = sandbox.run(&[verb, "--help"]);
        assert_eq!(ran.code, 0);
        let example = format!("  rsp-lock {verb} ");
        assert!(ran.stdout.contains(&example), "{}", ran.stdout);
    }
}

#[test]
fn help_of_a_verb_begins_as_the_list_of_verbs_says_and_with_what_is_its_own() {
    let sandbox = Sandbox::new();
    let list = sandbox.run(&["--help"]).stdout;
    let verbs: Vec<(&str, &str)> = list
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .map_while(|line| line.trim_start().split_once(' '))
        .map(|(verb, about)| (verb, about.trim_start()))
        .filter(|(verb, _)| *verb != "help")
        .collect();
    assert_eq!(verbs.len(), 14);
    for (verb, about) in verbs {
        for arguments in [[verb, "--help"], ["help", verb]] {
            let help = sandbox.run(&arguments).stdout;
            assert_eq!(help.lines().next(), Some(about), "{arguments:?}");
        }
    }
    let help = sandbox.run(&["solve", "--help"]).stdout;
    let place = |heading: &str| help.find(&format!("\n{heading}:\n")).unwrap();
    assert!(place("Request") < place("Output"));
}

#[test]
fn a_wrong_verb_or_flag_is_usage_with_the_nearest_right_one() {
    let sandbox = Sandbox::new();
    for arguments in [
        &["sovle"][..],
        &["solve", "--chanel", "x"],
        &["solve", "--color", "blue", "x"],
    ] {
        let ran = sandbox.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}");
        assert!(
            ran.stderr.contains("tip:") || ran.stderr.contains("possible values"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn quiet_is_quiet_and_colour_is_asked_for() {
    let sandbox = Sandbox::with(WORLD);
    sandbox.file("rsp-lock.toml", REQUEST);
    let quiet = sandbox.run(&["solve", "-q"]);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    let stderr = |set: &[(&str, &str)], arguments: &[&str]| {
        let mut command = sandbox.command(arguments);
        command.envs(set.iter().copied());
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    let escape = '\u{1b}';
    assert!(
        !stderr(&[], &["solve"]).contains(escape),
        "no terminal, no colour"
    );
    assert!(stderr(&[], &["solve", "--color", "always"]).contains(escape));
    assert!(stderr(&[("CLICOLOR_FORCE", "1")], &["solve"]).contains(escape));
    assert!(!stderr(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], &["solve"]).contains(escape));
    assert!(stderr(&[("RSP_LOCK_COLOR", "always")], &["solve"]).contains(escape));
    assert!(stderr(&[("RSP_LOCK_QUIET", "1")], &["solve"]).is_empty());
}

#[test]
fn nobody_reading_is_no_fault() {
    let sandbox = Sandbox::new();
    let mut child = sandbox
        .command(&["schema", "solve"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[cfg(unix)]
#[test]
fn interrupted_it_writes_nothing_and_says_so_with_its_code() {
    use rsp_lock_testkit::server::{ChannelServer, Fault};
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let sandbox = Sandbox::with(WORLD);
        let server = ChannelServer::start(sandbox.path()).unwrap();
        server.always("", Fault::Slow(1, std::time::Duration::from_secs(1)));
        let channel = server.url("forge");
        let child = sandbox
            .command(&[
                "solve", "-c", &channel, "dask", "-p", "linux-64", "-o", "one.txt",
            ])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(600));
        let kill = std::process::Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        assert!(String::from_utf8_lossy(&output.stderr).contains("interrupted"));
        assert!(sandbox.files().is_empty());
    }
}

#[test]
fn without_home_it_works_and_says_where_no_cache_is() {
    let sandbox = Sandbox::with(WORLD);
    let ran = sandbox.run(&["solve", "-v", "-c", "./forge", "dask", "-p", "linux-64"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("no cache"), "{}", ran.stderr);
}
