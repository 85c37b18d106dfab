// The OpenTelemetry Collector as a receiver for the tests of the export: its own otlpreceiver, behind a token, and an exporter that
// writes what the receiver read, one JSON object a line, before the receiver answers. The token's check and the file are ours;
// framing, decoding, statuses and answers are the Collector's. The file is KEEP, the header's value is TOKEN (environment).
package main

import (
	"context"
	"errors"
	"log"
	"os"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensionauth"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/service/telemetry/otelconftelemetry"
)

type nothing struct{}

func noConfig() component.Config { return &nothing{} }

type token struct {
	component.StartFunc
	component.ShutdownFunc
	extensionauth.ServerAuthenticateFunc
}

func newToken(context.Context, extension.Settings, component.Config) (extension.Extension, error) {
	wanted := os.Getenv("TOKEN")
	check := func(ctx context.Context, sources map[string][]string) (context.Context, error) {
		for _, name := range []string{"authorization", "Authorization"} {
			if got := sources[name]; wanted != "" && len(got) == 1 && got[0] == wanted {
				return ctx, nil
			}
		}
		return ctx, errors.New("wrong token")
	}
	return token{ServerAuthenticateFunc: check}, nil
}

func newKeep(ctx context.Context, set exporter.Settings, config component.Config) (exporter.Logs, error) {
	file, err := os.OpenFile(os.Getenv("KEEP"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	write := func(_ context.Context, logs plog.Logs) error {
		line, err := (&plog.JSONMarshaler{}).MarshalLogs(logs)
		if err == nil {
			_, err = file.Write(append(line, '\n'))
		}
		return err
	}
	return exporterhelper.NewLogs(ctx, set, config, write)
}

func factories() (otelcol.Factories, error) {
	tokens := extension.NewFactory(component.MustNewType("token"), noConfig, newToken, component.StabilityLevelDevelopment)
	keep := exporter.NewFactory(component.MustNewType("keep"), noConfig,
		exporter.WithLogs(newKeep, component.StabilityLevelDevelopment))
	receivers, err := otelcol.MakeFactoryMap[receiver.Factory](otlpreceiver.NewFactory())
	if err != nil {
		return otelcol.Factories{}, err
	}
	return otelcol.Factories{
		Receivers:  receivers,
		Exporters:  map[component.Type]exporter.Factory{keep.Type(): keep},
		Extensions: map[component.Type]extension.Factory{tokens.Type(): tokens},
		Telemetry:  otelconftelemetry.NewFactory(),
	}, nil
}

func main() {
	command := otelcol.NewCommand(otelcol.CollectorSettings{
		BuildInfo: component.BuildInfo{Command: "receiver", Description: "receiver of the tests", Version: "0"},
		Factories: factories,
		ConfigProviderSettings: otelcol.ConfigProviderSettings{
			ResolverSettings: confmap.ResolverSettings{
				DefaultScheme:     "file",
				ProviderFactories: []confmap.ProviderFactory{fileprovider.NewFactory()},
			},
		},
	})
	if err := command.Execute(); err != nil {
		log.Fatal(err)
	}
}
