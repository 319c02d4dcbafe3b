"""All that the server can be asked, in one table."""

from __future__ import annotations

from api.client import documents as pushing
from api.client import graph, judging, learning, listing, running, searching
from api.client import jobs as queued


class Operations:
    """What the server can be asked; each is a method of both clients."""

    health = running.health
    ready = running.ready
    full_health = running.full_health
    metrics = running.metrics
    cache = running.cache
    resize_cache = running.resize_cache
    clear_cache = running.clear_cache
    restrictions = running.restrictions
    restrict = running.restrict
    lift_restrictions = running.lift_restrictions

    documents = listing.documents
    collections = listing.collections
    duplicates = listing.duplicates
    merge_documents = listing.merge_documents
    split_document = listing.split_document
    held = listing.held
    release_held = listing.release_held
    discard_held = listing.discard_held

    push = pushing.push
    upload = pushing.upload
    document = pushing.document
    delete = pushing.delete
    versions = pushing.versions
    labels = pushing.labels

    submit = queued.submit
    jobs = queued.jobs
    job = queued.job
    job_errors = queued.job_errors
    cancel_job = queued.cancel_job
    retry_job = queued.retry_job
    follow_job = queued.follow_job

    search = searching.search
    answer = searching.answer
    answer_parts = searching.answer_parts

    give_feedback = judging.give_feedback
    feedback = judging.feedback
    give_intent = judging.give_intent
    intents = judging.intents
    judgements = judging.judgements

    entities = graph.entities
    entity = graph.entity
    relations = graph.relations
    neighbours = graph.neighbours
    passages = graph.passages
    paths = graph.paths
    related = graph.related
    central = graph.central
    communities = graph.communities
    community = graph.community
    subgraph = graph.subgraph
    export_graph = graph.export_graph

    patterns = learning.patterns
    pattern = learning.pattern
    accept_pattern = learning.accept_pattern
    reject_pattern = learning.reject_pattern
    learn = learning.learn
    todo = learning.todo
    decisions = learning.decisions
    decide = learning.decide
    undo = learning.undo
    decision_log = learning.decision_log
    replay = learning.replay
    changed_patterns = learning.changed_patterns
    follow_patterns = learning.follow_patterns
    changes = learning.changes
