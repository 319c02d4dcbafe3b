"""The classes that incidents are sorted by at first: a few terms of our own for each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from foundation.patterns import deferred
from knowledge.language import is_cjk


@dataclass(frozen=True, slots=True)
class Seed:
    """A class and what its first terms are.

    Attributes:
        name: a noun phrase that fits "… is behind" (causes), "is behind …" (problems) or
            "what helped was …" (remedies).
        japanese: the same in Japanese.
        pattern: matches its terms.
    """

    name: str
    japanese: str
    pattern: re.Pattern[str]


def _seed(name: str, japanese: str, terms: str) -> Seed:
    """Make a seed of the starts of words: `_` is a space or hyphen, `$` the end of a word."""
    words = terms.split()
    latin = "|".join(
        word.replace("_", r"[\s-]").replace("$", "(?![a-z0-9])")
        for word in words
        if not is_cjk(word[0])
    )
    parts = [f"(?<![a-z0-9])(?:{latin})", *filter(lambda word: is_cjk(word[0]), words)]
    return Seed(name, japanese, deferred("|".join(parts), re.IGNORECASE))


CAUSES: Final = (
    _seed(
        "a configuration change",
        "設定変更",
        "misconfig config setting$ settings$ policy_change wrong_setting parameter"
        " feature_flag environment_variable firewall_rule 設定 構成変更 構成ミス 構成の"
        " パラメータ 環境変数",
    ),
    _seed(
        "a software bug",
        "ソフトウェアの不具合",
        "bug$ bugs$ buggy defect race_condition race_hazard deadlock infinite_loop"
        " memory_corruption regression regular_expression null_pointer latent software_error"
        " coding_error software_defect logic_error flaw unhandled concurrent_programming"
        " panic segfault priority_inversion バグ 不具合 欠陥 デッドロック 無限ループ 競合状態",
    ),
    _seed(
        "a release or upgrade",
        "リリースや更新",
        "deploy releas roll-?out new_version upgrad software_update new_feature feature"
        " code_change change_to update changes$ introduc enabl refactor リリース デプロイ"
        " アップデート アップグレード 新機能 改修",
    ),
    _seed(
        "an expired certificate",
        "証明書の期限切れ",
        "(?:expired|expir\\w+_of)_\\w*_?\\w*_?certificate certificate\\w*_(?:had_|has_)?expir"
        " expir certificate ssl_cert tls_cert 証明書 有効期限 期限切れ",
    ),
    _seed(
        "overload",
        "過負荷",
        "overload overwhelm traffic load$ loads$ spike surge capacity thundering_herd"
        " retry_storm saturat contention flood influx increase_in concurrent_user"
        " concurrent_session demand peak 過負荷 負荷 アクセス集中 アクセスが集中 トラフィック"
        " 混雑",
    ),
    _seed(
        "a query, lock or replica",
        "クエリやロック、レプリケーション",
        "database db$ sql mysql postgres mongo redis cassandra replica replicat query queries"
        " schema transaction_id index lock$ locks$ データベース レプリ クエリ スキーマ"
        " インデックス",
    ),
    _seed(
        "a network failure",
        "ネットワーク障害",
        "network partition switch$ switches$ router routing bgp packet fib(?:er|re)$"
        " leased_line cable link$ links$ connectivity backbone ネットワーク 回線 ルータ"
        " スイッチの スイッチが 光ファイバ",
    ),
    _seed(
        "power loss",
        "停電",
        "power generator ups$ electric utility blackout 停電 電源 電力 発電機",
    ),
    _seed(
        "DNS", "DNS", "dns$ name_server nameserver domain_name resolver ネームサーバ 名前解決 DNS"
    ),
    _seed(
        "running out of memory, disk or a limit",
        "メモリやディスクの枯渇",
        "memory_(?:leak|exhaust|usage|pressure|fragment) leak oom$ out_of exhaust"
        " disk_space disk_full file_descriptor disk_usage"
        " filesystem quota limit heap garbage full_disk fill(?:ed|ing)_up メモリ 枯渇"
        " ディスク容量 容量不足 上限 リーク",
    ),
    _seed(
        "a hardware failure",
        "ハードウェア故障",
        "hardware disk$ disks$ hard_drive cooling fire$ raid ecc chip cpu_fault sensor"
        " transformer ハードウェア 故障 冷却 火災 ディスクの",
    ),
    _seed(
        "human error",
        "操作ミス",
        "human_error operator engineer_\\w+ mistake typo accident inadvertent wrong"
        " incorrect_(?:input|command) misunderst manual 操作ミス 誤操作 人為 手作業 誤って"
        " 誤り 入力ミス",
    ),
    _seed(
        "an attack or leaked secret",
        "攻撃や情報漏洩",
        "attack hack malicious ddos vulnerab phish compromis credential breach intru exploit"
        " unauthori token$ tokens$ malware leaked stolen 攻撃 不正アクセス 脆弱性 マルウェア"
        " フィッシング",
    ),
    _seed(
        "a failure of a supplier",
        "外部サービスの障害",
        "third_party upstream provider vendor supplier aws_having aws_outage \\w+_outage"
        " cloud_provider external 外部サービス 他社 事業者 委託 クラウド側 ベンダ",
    ),
    _seed(
        "maintenance or migration",
        "保守作業や移行",
        "maintenance migrat failover fail-?over switchover reprovision decommission cleanup"
        " patching delet メンテナンス 移行 保守 切替作業 削除",
    ),
    _seed(
        "a clock or number out of range",
        "時刻や桁あふれ",
        "leap_second time_?zone clock overflow wrap-?around int32 timestamp daylight うるう秒"
        " 桁あふれ オーバーフロー 時刻",
    ),
)

REMEDIES: Final = (
    _seed(
        "rolling back",
        "ロールバック",
        "roll\\w*_back rollback roll-back revert undo undid undone previous_version"
        " ロールバック 切り戻 切戻 差し戻 巻き戻 元に戻",
    ),
    _seed("restarting", "再起動", "restart reboot rolling_restart 再起動 再実行"),
    _seed(
        "adding capacity",
        "増強",
        "scal(?:ed|ing) capacity additional more_ increas provision adding upsiz larger 増強"
        " 増設 拡張 スケール 解放",
    ),
    _seed(
        "disabling or shedding load",
        "無効化や流量制限",
        "disabl throttl rate_limit shed turn(?:ed|ing)_off shut remov block paus kill stop"
        " reduc drain isolat 無効化 遮断 停止し 制限",
    ),
    _seed(
        "failing over or rerouting",
        "切り替え",
        "fail(?:ed|ing)?_?over re-?rout redirect switch evacuat migrat shift promot 切り替"
        " 切替 フェイルオーバー 迂回",
    ),
    _seed(
        "restoring data",
        "復元",
        "backup snapshot restor(?:ed|ing)_\\w*_?\\w*_?(?:data|database|table|snapshot) rebuil"
        " resync re-?creat 復元 リストア 再構築 バックアップ",
    ),
    _seed(
        "fixing the code",
        "修正の適用",
        "patch hot-?fix fix$ fixed$ fixing$ fixes$ code_change new_version releas deploy"
        " 修正版 修正プログラム パッチ 修正を 修正し 修正",
    ),
    _seed(
        "correcting the configuration",
        "設定の修正",
        "correct reconfigur adjust tun(?:ed|ing) changing setting$ settings$ timeout parameter"
        " 設定を修正 設定の修正 設定を変更"
        " 設定変更 設定を",
    ),
    _seed(
        "replacing hardware",
        "機器の交換",
        "replac\\w*_\\w*_?\\w*_?(?:disk|drive|switch|server|controller|device|router|cable|part)"
        " repair power generator cooling hardware 交換 修理 電源",
    ),
    _seed(
        "renewing keys or certificates",
        "鍵や証明書の更新",
        "revok rotat renew reset_\\w+ credential password certificate token invalidat 失効"
        " 再発行 証明書 パスワード",
    ),
)

PROBLEMS: Final = (
    _seed(
        "database trouble",
        "データベースの障害",
        "database db$ sql mysql postgres mongo redis cassandra dynamodb spanner simpledb rds$"
        " データベース DB",
    ),
    _seed(
        "failing name resolution",
        "名前解決の失敗",
        "dns$ resolver domain_name 1\\.1\\.1\\.1 名前解決 ネームサーバ DNS",
    ),
    _seed(
        "load balancer trouble",
        "負荷分散の障害",
        "load_balanc\\w* elb$ haproxy ロードバランサ 負荷分散",
    ),
    _seed(
        "network trouble",
        "ネットワークの障害",
        "network connectivity backbone bgp packet routing ネットワーク 回線 通信 接続",
    ),
    _seed(
        "storage trouble",
        "ストレージの障害",
        "storage s3$ ebs$ blob filesystem file_server disk volume ストレージ ファイルサーバ"
        " ディスク",
    ),
    _seed(
        "failing logins",
        "ログインの失敗",
        "log_?in logging_in authenticat sign_?in sso$ ログイン 認証 サインイン",
    ),
    _seed(
        "exposed secrets or data",
        "情報の漏洩",
        "leak breach compromis exposure exposed malicious stolen attacker unauthori"
        " security_incident 漏洩 漏えい 流出 不正",
    ),
    _seed(
        "lost or corrupt data",
        "データの消失や破損",
        "data_loss lost_data los[st]\\w*_\\w*_?data corrupt delet truncat 消失 欠損 破損"
        " データが失",
    ),
    _seed(
        "stuck queues and jobs",
        "キューやジョブの滞留",
        "queue job build backlog worker pipeline scheduler キュー ジョブ バッチ ビルド",
    ),
    _seed(
        "slow answers",
        "応答の遅延",
        "slow latenc delay degraded_performance timeout timed_out unresponsive 遅延 応答"
        " タイムアウト 重く 低下",
    ),
    _seed(
        "failing requests",
        "リクエストの失敗",
        "api$ apis$ request error_rate elevated_error 50[0-9]s?$ 404 4[0-9]{2}_ errors エラー"
        " リクエスト API",
    ),
    _seed(
        "failing payments and orders",
        "決済や注文の失敗",
        "payment order$ orders$ trading checkout billing 決済 注文 支払 課金",
    ),
    _seed("power cuts", "電力の喪失", "power blackout grid electric 停電 電力 電源"),
    _seed(
        "crashes",
        "異常終了",
        "crash reboot blue_screen bsod$ panic hangs?$ hung$ 異常終了 クラッシュ",
    ),
    _seed(
        "outages",
        "サービスの停止",
        "outage down$ downtime offline unavailab unreachable inaccessible disruption 停止"
        " ダウン 利用でき 障害 つなが 閲覧でき 表示され",
    ),
)

ECHOES: Final = frozenset(
    {
        ("network trouble", "a network failure"),
        ("power cuts", "power loss"),
        ("failing name resolution", "DNS"),
    }
)
"""A problem and a cause that are the same thing: to find them together teaches nothing."""
