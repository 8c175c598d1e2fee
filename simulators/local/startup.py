"""`up`: emulator, simulators, build, deploy, routes, public address; a second `up` does only what changed."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import boto3
import httpx

from simulators.local.folder import ROOT, LocalStackError, StackFolder
from simulators.local.ports import ports_for
from simulators.local.processes import Processes
from simulators.local.programs import (
    JWT_AUDIENCE,
    PROGRAMS,
    address,
    address_of_another_site,
    emulator,
    keeper,
    public_address,
    simulators,
)
from simulators.local.routes import ProcessedTemplate, wire
from simulators.local.sam import (
    ACCESS_KEY,
    ACCOUNT,
    REGION,
    SECRET_KEY,
    architecture,
    build,
    deploy,
)
from simulators.local.stack import Stack

Say = Callable[[str], None]


def up(
    name: str,
    *,
    parameters: Mapping[str, str] | None = None,
    owned: bool = False,
    template: Path = ROOT / "template.yaml",
    say: Say = lambda _: None,
) -> Stack:
    """Bring a stack up, or deploy again what changed to one that runs.

    Args:
        name: Names the folder under .local and, behind "referral-hubspot-", the CloudFormation stack.
        parameters: Template parameters to give otherwise than by default, such as shorter paces.
        owned: The stack is this process' own: it ends when the process does, even if that is killed.
        template: What to deploy.
        say: Told of each step that was done and how long it took.

    Raises:
        LocalStackError: what failed, which log tells more, what to do; everything that was started has ended again.
    """
    folder = StackFolder(name)
    with folder.locked():
        processes = Processes(folder)
        try:
            if owned:
                processes.launch("keeper", *keeper(folder))
            return Startup(folder, processes, say).run(parameters or {}, template)
        except BaseException:
            processes.stop(processes.started_here)
            raise


class Startup:
    """The steps of one `up`."""

    def __init__(self, folder: StackFolder, processes: Processes, say: Say) -> None:
        self._folder = folder
        self._processes = processes
        self._say = say
        running = processes.running()
        if "emulator" not in running:
            folder.clear()  # what a killed one left
        self._ports = ports_for(folder, PROGRAMS, running)
        self._urls = {program: address(port) for program, port in self._ports.items()}
        self._session = boto3.Session(
            aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY, region_name=REGION
        )

    def run(self, parameters: Mapping[str, str], template: Path) -> Stack:
        """Every step in its order; building goes on while the programs start."""
        stack_name = f"referral-hubspot-{self._folder.name}"
        with ThreadPoolExecutor(max_workers=1) as background:
            building = background.submit(build, self._folder, template)
            with self._step("emulator and simulators"):
                self._processes.ensure(emulator(self._folder, self._ports), *simulators(self._folder, self._ports))
                announcements = self._announcement_queue(stack_name)
            with self._step("build"):
                built = building.result()
        with self._step("deploy"):
            given = self._parameters(announcements) | dict(parameters)
            deploy(self._folder, built, stack_name, given, self._urls["emulator"])
        with self._step("routes and addresses"):
            self._open_public_address(stack_name)
            stack = self._describe(stack_name, announcements)
            self._folder.publish(asdict(stack))
            self._introduce(stack)
        return stack

    def _announcement_queue(self, stack_name: str) -> str:
        """The platform's own queue, where the stack's event bus is to send; returns its address."""
        sqs = self._session.client("sqs", endpoint_url=self._urls["emulator"])
        name = f"{stack_name}-announcements"
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        return url

    def _parameters(self, announcements: str) -> dict[str, str]:
        public, hubspot, platform = (self._urls[program] for program in ("public", "hubspot", "platform"))
        return {
            "Stage": "local",
            "Architecture": architecture(),
            "PublicBaseUrl": public,
            "AllowedOrigins": f"{public},{platform},{address_of_another_site(self._ports['platform'])}",
            "HubSpotApiUrl": hubspot,
            "HubSpotAuthorizeUrl": f"{hubspot}/oauth/authorize",
            "HubSpotClientId": "sim-client-id",
            "HubSpotClientSecret": "sim-client-secret-0001",
            "JwtIssuer": platform,
            "JwtAudience": JWT_AUDIENCE,
            "PlatformName": "Referral platform",
            "PlatformPrincipals": f"arn:aws:iam::{ACCOUNT}:root",
            "AnnouncementTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{announcements.rsplit('/', 1)[-1]}",
        }

    def _open_public_address(self, stack_name: str) -> None:
        endpoint = self._urls["emulator"]
        template = ProcessedTemplate(self._session.client("cloudformation", endpoint_url=endpoint), stack_name)
        apis = list(template.http_apis())
        if len(apis) != 1:
            raise LocalStackError(f"The template has {len(apis)} HTTP APIs; the public address is for exactly one")
        [(api_id, body)] = apis
        wired = self._folder.temporary / "wired"
        wiring = template.fingerprint(body)
        if not wired.exists() or wired.read_text() != wiring:
            wire(self._session.client("apigatewayv2", endpoint_url=endpoint), template, api_id, body)
            wired.write_text(wiring)
        self._processes.ensure(public_address(self._folder, self._ports, api_id))

    def _describe(self, stack_name: str, announcements: str) -> Stack:
        cloudformation = self._session.client("cloudformation", endpoint_url=self._urls["emulator"])
        described = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
        dead_letters = {
            name.removesuffix("DeadLettersUrl").lower(): url
            for name, url in outputs.items()
            if name.endswith("DeadLettersUrl")
        }
        return Stack(
            name=self._folder.name,
            stack_name=stack_name,
            api_url=self._urls["public"],
            console_url=f"{self._urls['public']}/console",
            webhook_url=f"{self._urls['public']}/webhook",
            hubspot_url=self._urls["hubspot"],
            platform_url=self._urls["platform"],
            aws_endpoint_url=self._urls["emulator"],
            region=REGION,
            lead_queue_url=outputs["LeadQueueUrl"],
            referrer_queue_url=outputs["ReferrerQueueUrl"],
            dead_letter_queue_urls=dead_letters,
            announcement_queue_url=announcements,
            event_bus_name=outputs["EventBusName"],
            jwt_issuer=self._urls["platform"],
            jwt_audience=JWT_AUDIENCE,
        )

    def _introduce(self, stack: Stack) -> None:
        """Tell each simulator where the others are."""
        app = {"webhook_url": stack.webhook_url, "redirect_urls": [f"{stack.api_url}/callback"]}
        _post(f"{stack.hubspot_url}/_sim/app", app)
        _post(f"{stack.platform_url}/_sim/stack", asdict(stack))

    @contextmanager
    def _step(self, title: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self._say(f"{title}: {time.monotonic() - begun:.1f} s")


def _post(url: str, content: object) -> None:
    httpx.post(url, json=content, trust_env=False, timeout=10).raise_for_status()
